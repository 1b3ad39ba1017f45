-- Several messages that are stored in one transaction arrived one after the other:
-- each has a time of its own, so that there is one newest. Written by
-- pipeline/tracking only. A new default rewrites nothing.
-- +goose Up
ALTER TABLE messages ALTER COLUMN received_at SET DEFAULT clock_timestamp();
ALTER TABLE outcomes ALTER COLUMN arrived_at SET DEFAULT clock_timestamp();
