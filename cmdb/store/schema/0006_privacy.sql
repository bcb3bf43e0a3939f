-- Requests of owners to have what is kept about their device erased, with the answer; and looks at a device found by the device.

CREATE TABLE erasure_request (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ci TEXT NOT NULL,
    device TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    why TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'erased', 'refused')),
    answer TEXT NOT NULL DEFAULT '',
    decided_by TEXT NOT NULL DEFAULT '',
    decided_at TEXT,
    job TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX erasure_one_open ON erasure_request (ci) WHERE state = 'open';
CREATE INDEX erasure_by_ci ON erasure_request (ci, id);
CREATE INDEX audit_by_target ON audit (action, target, id);
