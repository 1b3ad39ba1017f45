-- Up to when a ticket is known from a read of its thread at the desk: when that read
-- began, by our clock, and the desk's own time of the ticket as it was read. An event
-- that both cover asks for no other read. Written by pipeline/tracking only. New
-- columns without a default: no rewrite; NULL reads as before.
-- +goose Up
ALTER TABLE tickets
    ADD COLUMN read_at      timestamptz,   -- NULL: never read, or before this was kept
    ADD COLUMN read_version timestamptz;   -- NULL: the desk does not tell
