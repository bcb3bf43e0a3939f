-- Enrolment tokens can be rotated: the secret before stays good until a day. Nodes are agents that got a key of their own (osquery).

ALTER TABLE agent_token ADD COLUMN previous_sha256 BLOB;
ALTER TABLE agent_token ADD COLUMN previous_until TEXT;
ALTER TABLE agent_token ADD COLUMN rotated_at TEXT;
CREATE INDEX agent_token_previous ON agent_token (previous_sha256) WHERE previous_sha256 IS NOT NULL;

CREATE TABLE agent_node (
    id TEXT PRIMARY KEY,
    key_sha256 BLOB NOT NULL UNIQUE,
    token_id TEXT NOT NULL REFERENCES agent_token (id),
    host TEXT NOT NULL,
    enrolled_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    state TEXT NOT NULL
) STRICT;
CREATE INDEX agent_node_host ON agent_node (token_id, host, enrolled_at);
CREATE INDEX agent_node_seen ON agent_node (last_seen_at);
