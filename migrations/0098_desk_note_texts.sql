-- +goose Up
-- A note that stands at a desk is kept up to date: what it says now, to be changed when
-- its draft's fate does. Rows from before have '' and are changed at their next event.
-- Lock: ACCESS EXCLUSIVE for a moment; the table has one row a draft, and a constant
-- default rewrites nothing.
ALTER TABLE desk_notes ADD COLUMN text_hash text NOT NULL DEFAULT '';

COMMENT ON COLUMN desk_notes.text_hash IS 'hash of what the note says at the desk; empty: not known';

-- The note of a ticket is looked for at every event of the ticket.
CREATE INDEX desk_notes_standing ON desk_notes (desk, ticket) WHERE remote_id <> '';
