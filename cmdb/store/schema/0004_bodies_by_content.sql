-- Bodies by what they hold: equal ones are kept once. `kept` is 0 where retention dropped the body of an entry; its hash stays.
ALTER TABLE intake ADD COLUMN kept INTEGER NOT NULL DEFAULT 1;

CREATE TABLE intake_content (
    sha256 TEXT PRIMARY KEY,
    coding TEXT NOT NULL CHECK (coding IN ('raw', 'zlib')),
    body BLOB NOT NULL
) STRICT;
INSERT OR IGNORE INTO intake_content (sha256, coding, body)
    SELECT i.sha256, b.coding, b.body FROM intake_body b JOIN intake i ON i.seq = b.seq;
UPDATE intake SET kept = 0 WHERE seq NOT IN (SELECT seq FROM intake_body);
DROP TABLE intake_body;
ALTER TABLE intake_content RENAME TO intake_body;

CREATE INDEX intake_kept ON intake (sha256) WHERE kept = 1;
CREATE INDEX intake_to_drop ON intake (received_at) WHERE kept = 1 AND state = 'done';
CREATE INDEX intake_applied ON intake (finished_at, seq) WHERE state = 'done';
