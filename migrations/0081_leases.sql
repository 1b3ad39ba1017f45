-- What several processes of one role must do once: who does it, and until when
-- nobody else begins. Written by pipeline/lease. And how often tracking asked again
-- for an overdue draft. New table, new column with a constant default: no rewrite.
-- +goose Up
CREATE TABLE leases (
    name   text PRIMARY KEY,           -- such as sweep, reconcile/zendesk
    holder text NOT NULL,              -- one run of one process
    until  timestamptz NOT NULL        -- renewed while it runs; then the next time it is due
);

ALTER TABLE outcomes
    ADD COLUMN asks int NOT NULL DEFAULT 0;   -- again, because no answer came
