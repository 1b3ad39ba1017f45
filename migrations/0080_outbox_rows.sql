-- An outbox row is claimed for a while (due_at) instead of being locked while it is
-- published, and tells why it is not on the bus yet. Written by pipeline/outbox.
-- Rows and processes of before go on as they are: the defaults make every row due.
-- New columns with constant defaults: no table is rewritten.
-- +goose Up
ALTER TABLE outbox
    ADD COLUMN due_at timestamptz NOT NULL DEFAULT now(), -- not before: claimed, or tried and failed
    ADD COLUMN tries  int NOT NULL DEFAULT 0,             -- that failed
    ADD COLUMN reason text NOT NULL DEFAULT '';           -- of the last failure
