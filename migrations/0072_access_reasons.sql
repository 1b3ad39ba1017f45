-- Why an input is in quarantine: it could not be read, a person must say what a key
-- of it means, or it says itself that it is not in use; and why a page is internal
-- or holds only for a time. Written by knowledge only. Constant defaults rewrite
-- nothing; a process of the previous version leaves them as they are.
-- +goose Up
ALTER TABLE quarantine
    ADD COLUMN fate  text NOT NULL DEFAULT 'unread' CHECK (fate IN ('unread', 'unclear', 'left out')),
    ADD COLUMN key   text NOT NULL DEFAULT '',       -- what a person may decide about; empty: nothing
    ADD COLUMN value text NOT NULL DEFAULT '';
ALTER TABLE documents
    ADD COLUMN reasons text[] NOT NULL DEFAULT '{}'; -- in words, for people
