-- What several processes of one role must do once: who does it, and until when
-- nobody else begins. Written by pipeline/lease. And what tracking remembers so that
-- it does not ask twice: how often an overdue draft was asked for, and which version
-- of a thread was read. New table, new columns with constant defaults: no rewrite.
-- +goose Up
CREATE TABLE leases (
    name   text PRIMARY KEY,           -- such as sweep, reconcile/zendesk
    holder text NOT NULL,              -- one run of one process
    until  timestamptz NOT NULL        -- renewed while it runs; then the next time it is due
);

ALTER TABLE outcomes
    ADD COLUMN asks int NOT NULL DEFAULT 0;   -- again, because no answer came

ALTER TABLE tickets
    ADD COLUMN read_at      timestamptz,      -- when the last read of the thread at its desk began
    ADD COLUMN read_version timestamptz;      -- the desk's time of change that it showed; NULL: not told
