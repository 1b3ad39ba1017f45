-- Every policy that was ever in force, by its version (the beginning of its text's
-- SHA-256), which decisions name in the audit log: what a reply was judged by can be
-- read years later, and the last good one stays in force over a restart with a wrong
-- file. One small row a version; no locks beyond its creation.
-- +goose Up
CREATE TABLE policies (
    version     text PRIMARY KEY,
    name        text NOT NULL DEFAULT '',
    text        text NOT NULL,
    first_at    timestamptz NOT NULL DEFAULT now(),
    in_force_at timestamptz NOT NULL DEFAULT now() -- when it came into force last
);
COMMENT ON TABLE policies IS 'written by pipeline/policy';
