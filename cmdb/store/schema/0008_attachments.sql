-- Files that people attach to notes, by what they hold: equal ones are kept once, and none longer than a note needs it. The notes stand in
-- the graph. `settled` is 0 from the moment the file is kept until its note is known to be there, and again while the note is taken away.
CREATE TABLE attachment_body (
    sha256 TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    coding TEXT NOT NULL CHECK (coding IN ('raw', 'zlib')),
    body BLOB NOT NULL
) STRICT;

CREATE TABLE attachment (
    note TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL REFERENCES attachment_body (sha256),
    settled INTEGER NOT NULL DEFAULT 0 CHECK (settled IN (0, 1)),
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_by_body ON attachment (sha256);
CREATE INDEX attachment_open ON attachment (at, note) WHERE settled = 0;
