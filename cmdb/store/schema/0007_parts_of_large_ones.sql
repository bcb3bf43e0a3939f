-- A large observation is applied in parts, each one transaction of the graph. What was done of it is kept until the whole is, so that it goes on
-- where it was after a crash, and so that people see how far it is.
CREATE TABLE intake_part (
    entry TEXT NOT NULL REFERENCES intake (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    items INTEGER NOT NULL,
    relations INTEGER NOT NULL,
    result TEXT NOT NULL,
    PRIMARY KEY (entry, number)
) STRICT, WITHOUT ROWID;
