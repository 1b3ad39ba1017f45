-- What stands in the thread under a card, replies that people wrote into a form
-- and that are not sent yet, and when a card was last known to be right.
-- Written by bots/slack. New tables, and a column without a default: no rewrite.
-- +goose Up
ALTER TABLE cards ADD COLUMN checked_at timestamptz; -- the review was read then, and card and thread show it

CREATE TABLE card_notes (
    card     uuid NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
    root     text NOT NULL,                     -- ts of the card's message: a card posted anew has a new thread
    key      text NOT NULL,                     -- what the note is about: history, version/…, message/…, reply/…
    ts       text NOT NULL DEFAULT '',          -- empty until Slack has told it
    tried_at timestamptz,                       -- a post began and was not answered
    shown    text NOT NULL DEFAULT '',          -- hash of the content last shown
    PRIMARY KEY (card, root, key)
);

CREATE TABLE slack_edits (
    draft    uuid NOT NULL,
    person   text NOT NULL,                     -- Slack's id of who wrote it
    id       uuid NOT NULL DEFAULT gen_random_uuid(), -- of this very text: a confirmation names it
    text     text NOT NULL,
    saved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (draft, person)
);
CREATE INDEX slack_edits_saved ON slack_edits (saved_at);
