-- Work that runs later, and what discovery signs in with and trusts.

-- `run_at` is empty for "at once", so that a clock set back delays nothing. `lease` names one claim: only its holder may finish the job.
CREATE TABLE job (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    args TEXT NOT NULL,
    key TEXT,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'parked', 'cancelled')),
    priority INTEGER NOT NULL DEFAULT 0,
    run_at TEXT NOT NULL DEFAULT '',
    lease TEXT,
    lease_s REAL,
    lease_until TEXT,
    worker TEXT NOT NULL DEFAULT '',
    attempts INTEGER NOT NULL DEFAULT 0,
    progress TEXT,
    result TEXT,
    reason TEXT NOT NULL DEFAULT '',
    parent TEXT REFERENCES job (id) ON DELETE CASCADE,
    created_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT
) STRICT;
CREATE UNIQUE INDEX job_once ON job (kind, key) WHERE key IS NOT NULL AND state IN ('waiting', 'running');
CREATE INDEX job_next ON job (kind, priority DESC, seq, run_at) WHERE state = 'waiting';
CREATE INDEX job_leased ON job (lease_until) WHERE state = 'running';
CREATE INDEX job_children ON job (parent) WHERE parent IS NOT NULL;
CREATE INDEX job_children_by_state ON job (parent, state) WHERE parent IS NOT NULL;
CREATE INDEX job_by_kind ON job (kind, seq);
CREATE INDEX job_by_state ON job (state, seq);
CREATE INDEX job_by_end ON job (finished_at) WHERE finished_at IS NOT NULL;

-- `sealed` is nonce + AES-256-GCM of the fields as JSON; `key_id` names the key of the key file that opens it.
CREATE TABLE credential (
    name TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    key_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE host_key (
    id TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    key_type TEXT NOT NULL,
    key_b64 TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'rejected')),
    first_seen_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    decided_at TEXT,
    decided_by TEXT NOT NULL DEFAULT '',
    UNIQUE (host, port, key_type, key_b64)
) STRICT;
CREATE INDEX host_key_by_state ON host_key (state);
