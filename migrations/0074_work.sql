-- What a person is to do on each ticket, as one row (review/work), the words that
-- tickets are searched by, and what was put off until when. Written by review/work
-- only; it fills in the rows of tickets from before by itself, the latest first, and
-- notes in work_fill how far it is. New tables: no lock on existing data.
-- +goose Up
CREATE TABLE work (
    desk       text NOT NULL,
    ticket     text NOT NULL,
    state      text NOT NULL CHECK (state IN ('to_review', 'to_write', 'claimed', 'on_its_way', 'snoozed', 'waiting', 'done')),
    why        text NOT NULL DEFAULT '',
    -- the view that shows it
    tab        text NOT NULL GENERATED ALWAYS AS (CASE WHEN state IN ('to_review', 'to_write', 'claimed') THEN 'todo'
                                                       WHEN state = 'on_its_way' THEN 'sending'
                                                       WHEN state = 'done' THEN 'done'
                                                       ELSE 'later' END) STORED,
    owner      text NOT NULL DEFAULT '',         -- agent id
    owner_name text NOT NULL DEFAULT '',         -- of somebody at the desk, who has no account here
    since      timestamptz NOT NULL,             -- in this state
    due_at     timestamptz,                      -- snoozed: until
    message    text NOT NULL DEFAULT '',         -- the newest customer message
    draft      uuid,                             -- that counts for it
    waits_at   timestamptz NOT NULL,             -- the customer waits since
    queue      text NOT NULL DEFAULT '',
    language   text NOT NULL DEFAULT '',
    warnings   int NOT NULL DEFAULT 0,           -- findings of the draft
    PRIMARY KEY (desk, ticket)
);
-- One index for each way to choose rows, all in the order they are listed in.
CREATE INDEX work_tab ON work (tab, waits_at, desk, ticket);
CREATE INDEX work_state ON work (state, waits_at, desk, ticket);
CREATE INDEX work_desk ON work (tab, desk, waits_at, ticket);
CREATE INDEX work_queue ON work (tab, queue, waits_at, desk, ticket);
CREATE INDEX work_language ON work (tab, language, waits_at, desk, ticket);
CREATE INDEX work_owner ON work (tab, owner, waits_at, desk, ticket);
CREATE INDEX work_warnings ON work (tab, waits_at, desk, ticket) WHERE warnings > 0;
CREATE INDEX work_due ON work (due_at) WHERE state = 'snoozed';

-- Apart from work, so that a change of state does not write the words again.
CREATE TABLE work_words (
    desk   text NOT NULL,
    ticket text NOT NULL,
    stamp  text NOT NULL,                        -- of what the words were taken from
    words  tsvector NOT NULL,
    PRIMARY KEY (desk, ticket)
);
CREATE INDEX work_words_words ON work_words USING gin (words);

CREATE TABLE snoozes (
    desk    text NOT NULL,
    ticket  text NOT NULL,
    until   timestamptz NOT NULL,
    message text NOT NULL,                       -- newest customer message then: a newer one ends it
    agent   text NOT NULL,
    at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (desk, ticket)
);

-- One row: how far the tickets from before have got their work, in the order of
-- their key.
CREATE TABLE work_fill (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    begun_at timestamptz,                        -- the latest ones have it
    desk     text NOT NULL DEFAULT '',
    ticket   text NOT NULL DEFAULT '',
    done_at  timestamptz
);
INSERT INTO work_fill DEFAULT VALUES;
