-- What people asked of Footnote in Slack and how each request ended, so that
-- none ends in silence and every one can be explained by its reference.
-- Written by bots/slack only. New tables: no lock on existing data.
-- +goose Up
CREATE TABLE slack_requests (
    ref          text PRIMARY KEY,               -- what people are shown and `footnote trace` takes
    source       text NOT NULL UNIQUE,           -- Slack's own name of the request: a retry is the same one
    surface      text NOT NULL CHECK (surface IN ('mention', 'direct', 'command', 'shortcut', 'home', 'feedback')),
    slack_user   text NOT NULL,
    team         text NOT NULL DEFAULT '',
    channel      text NOT NULL DEFAULT '',
    ts           text NOT NULL DEFAULT '',       -- of the message that asks, or that is asked about
    thread       text NOT NULL DEFAULT '',       -- where the answer goes
    text         text NOT NULL DEFAULT '',       -- the question, in the person's words
    shared       boolean NOT NULL DEFAULT false, -- Slack said that outsiders are in the channel
    response_url text NOT NULL DEFAULT '',       -- emptied once the request has ended
    view         text NOT NULL DEFAULT '',       -- the form that waits for the answer
    agent        text NOT NULL DEFAULT '',       -- the account, once known
    answer       jsonb,                          -- the pipeline.Draft shown
    posted       text NOT NULL DEFAULT '',       -- ts of the message that is, or becomes, the answer
    tried_at     timestamptz,                    -- a post began and was not answered
    state        text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'answered', 'abstained', 'refused', 'failed')),
    say          text NOT NULL DEFAULT '',       -- what the person was told, when it was no draft
    cause        text NOT NULL DEFAULT '',       -- for operators: why it failed or was refused
    tries        int NOT NULL DEFAULT 1,
    untold       int NOT NULL DEFAULT 0,         -- tries that only failed to tell, because Slack could not be reached
    held_until   timestamptz NOT NULL,           -- one process at a time; after it, any process goes on
    created_at   timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz,
    CHECK ((state = 'open') = (ended_at IS NULL))
);
CREATE INDEX slack_requests_open ON slack_requests (held_until) WHERE state = 'open';
CREATE INDEX slack_requests_posted ON slack_requests (channel, posted) WHERE posted <> '';

-- What people thought of an answer: the last word of each person counts.
CREATE TABLE slack_feedback (
    ref        text NOT NULL REFERENCES slack_requests (ref),
    slack_user text NOT NULL,
    agent      text NOT NULL,
    good       boolean NOT NULL,
    reason     text NOT NULL DEFAULT '',
    at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (ref, slack_user)
);

-- One row per digest, so that several processes post it once.
CREATE TABLE slack_digests (
    period     text PRIMARY KEY,                 -- "daily 2026-11-24", "weekly 2026-11-23"
    channel    text NOT NULL,
    ts         text NOT NULL DEFAULT '',         -- empty until Slack has told it
    tries      int NOT NULL DEFAULT 1,
    held_until timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
