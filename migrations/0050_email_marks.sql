-- E-mail: the status that a mail has in the inbox (an IMAP keyword), and the
-- drafts that stand in the folder of drafts. Written by bots/email. The columns
-- have constant defaults: the lock on email_places is short; the table is new.
-- +goose Up
ALTER TABLE email_places
    ADD COLUMN mark      text NOT NULL DEFAULT '' CHECK (mark IN ('', 'pending', 'solved')),
    ADD COLUMN marked_at timestamptz;        -- when we saw it change; NULL: never
CREATE INDEX email_places_marked ON email_places (desk, marked_at) WHERE marked_at IS NOT NULL;

CREATE TABLE email_drafts (
    desk       text NOT NULL,
    message_id text NOT NULL,                -- of the draft itself
    ticket     text NOT NULL,
    digest     text NOT NULL,                -- of subject and text as we wrote them: another one is somebody's
    placed_at  timestamptz NOT NULL,
    PRIMARY KEY (desk, message_id)
);
CREATE INDEX email_drafts_ticket ON email_drafts (desk, ticket);
