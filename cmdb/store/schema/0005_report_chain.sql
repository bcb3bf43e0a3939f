-- What was accepted is chained: each link's hash holds the one before, so that an entry that is changed, added or taken out later shows.

CREATE TABLE intake_chain (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    received_at TEXT NOT NULL,
    link TEXT NOT NULL
) STRICT;
CREATE INDEX intake_chain_at ON intake_chain (received_at);
