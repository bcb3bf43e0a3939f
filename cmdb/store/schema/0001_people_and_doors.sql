-- People, what lets them and their programs in, what they did, and what was accepted or refused at the doors.
-- Times are ISO 8601 text in UTC with milliseconds and Z. Tokens are kept as SHA-256 only, passwords as argon2id.
PRAGMA application_id = 1299148658;

CREATE TABLE migration (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    applied_at TEXT NOT NULL
) STRICT;

CREATE TABLE account (
    id TEXT PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'auditor', 'administrator', 'requester')),
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    theme TEXT NOT NULL DEFAULT 'auto' CHECK (theme IN ('auto', 'light', 'dark')),
    password_hash TEXT,
    created_at TEXT NOT NULL,
    last_seen_at TEXT
) STRICT;

CREATE TABLE session (
    token_sha256 BLOB PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    created_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL
) STRICT;
CREATE INDEX session_by_account ON session (account_id);
CREATE INDEX session_by_age ON session (created_at);

CREATE TABLE one_time_token (
    token_sha256 BLOB PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    expires_at TEXT NOT NULL
) STRICT;

CREATE TABLE api_token (
    id TEXT PRIMARY KEY,
    token_sha256 BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'auditor', 'administrator', 'requester')),
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT,
    last_used_at TEXT,
    revoked_at TEXT
) STRICT;

CREATE TABLE agent_token (
    id TEXT PRIMARY KEY,
    token_sha256 BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    site TEXT NOT NULL,
    ownership TEXT NOT NULL,
    created_at TEXT NOT NULL,
    last_used_at TEXT,
    uses INTEGER NOT NULL DEFAULT 0,
    revoked_at TEXT
) STRICT;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    detail TEXT NOT NULL,
    address TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_actor ON audit (actor, id);
CREATE INDEX audit_by_action ON audit (action, id);
CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit log is append only');
END;
CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit log is append only');
END;

CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE refusal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    address TEXT NOT NULL,
    token_id TEXT NOT NULL,
    detail TEXT NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    first_at TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX refusal_alike ON refusal (kind, address, token_id, reason, id);
CREATE INDEX refusal_by_time ON refusal (at);

-- Accepted bodies. `head` is 0 while an older open entry of the same subject is ahead of it: only heads are ever claimed.
-- `run_at` is empty for "at once", so that a clock set back delays nothing.
CREATE TABLE intake (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT,
    meta TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'parked')),
    head INTEGER NOT NULL DEFAULT 1 CHECK (head IN (0, 1)),
    attempts INTEGER NOT NULL DEFAULT 0,
    run_at TEXT NOT NULL DEFAULT '',
    lease TEXT,
    lease_until TEXT,
    reason TEXT NOT NULL DEFAULT '',
    result TEXT,
    received_at TEXT NOT NULL,
    finished_at TEXT
) STRICT;
CREATE INDEX intake_next ON intake (seq, run_at) WHERE state = 'waiting' AND head = 1;
CREATE INDEX intake_leased ON intake (lease_until) WHERE state = 'running';
CREATE INDEX intake_line ON intake (subject, seq) WHERE state IN ('waiting', 'running') AND subject IS NOT NULL;
CREATE INDEX intake_by_state ON intake (state, seq);
CREATE INDEX intake_by_age ON intake (received_at);

CREATE TABLE intake_body (
    seq INTEGER PRIMARY KEY REFERENCES intake (seq) ON DELETE CASCADE,
    coding TEXT NOT NULL CHECK (coding IN ('raw', 'zlib')),
    body BLOB NOT NULL
) STRICT;

-- How many entries are in each state: kept, because a page shows it and counting a million rows takes too long.
CREATE TABLE intake_count (
    state TEXT PRIMARY KEY,
    n INTEGER NOT NULL
) STRICT;
INSERT INTO intake_count (state, n) VALUES ('waiting', 0), ('running', 0), ('done', 0), ('parked', 0);
CREATE TRIGGER intake_count_in AFTER INSERT ON intake BEGIN
    UPDATE intake_count SET n = n + 1 WHERE state = new.state;
END;
CREATE TRIGGER intake_count_out AFTER DELETE ON intake BEGIN
    UPDATE intake_count SET n = n - 1 WHERE state = old.state;
END;
CREATE TRIGGER intake_count_move AFTER UPDATE OF state ON intake WHEN old.state <> new.state BEGIN
    UPDATE intake_count SET n = n - 1 WHERE state = old.state;
    UPDATE intake_count SET n = n + 1 WHERE state = new.state;
END;
