-- Whether drafting is paused, by whom and since when. Written by
-- pipeline/tracking only. New table: no lock on existing data; a process of the
-- previous version does not read it and drafts on.
-- +goose Up
CREATE TABLE drafting_switch (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    paused     boolean NOT NULL DEFAULT false,
    by_id      text NOT NULL DEFAULT '',
    by_name    text NOT NULL DEFAULT '',
    reason     text NOT NULL DEFAULT '',
    at         timestamptz NOT NULL DEFAULT now()
);
INSERT INTO drafting_switch DEFAULT VALUES;
