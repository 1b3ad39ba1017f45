-- Approved replies on their way to a desk, and cards in chats.
-- Written by bots (deliveries) and bots/slack (cards, slack_seen).
-- +goose Up
CREATE TABLE deliveries (
    id         uuid PRIMARY KEY,
    decision   uuid NOT NULL UNIQUE,             -- one delivery for one approval
    draft      uuid NOT NULL,
    desk       text NOT NULL,
    ticket     text NOT NULL,
    event      jsonb NOT NULL,                   -- draft.decided: reply, hash, who
    hash       text NOT NULL,
    marker     text NOT NULL UNIQUE,             -- what the desk carries for us
    state      text NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown', 'stale', 'asked')),
    attempt    int NOT NULL DEFAULT 0,           -- POSTs begun
    fence      bigint NOT NULL DEFAULT 0,        -- raised by every taker; older takers are refused
    absent     int NOT NULL DEFAULT 0,           -- probes in a row that did not find the reply
    remote_id  text NOT NULL DEFAULT '',
    reason     text NOT NULL DEFAULT '',
    due_at     timestamptz NOT NULL DEFAULT now(), -- when the next step may be taken
    published  boolean NOT NULL DEFAULT false,   -- reply.delivered or reply.returned is out
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state IN ('queued', 'sending', 'unknown') OR NOT published;

CREATE TABLE cards (
    desk       text NOT NULL,
    ticket     text NOT NULL,
    message    text NOT NULL,
    draft      uuid NOT NULL,                    -- the version shown
    channel    text NOT NULL,
    ts         text NOT NULL DEFAULT '',         -- empty while the post is under way
    state      text NOT NULL DEFAULT '',         -- draft state last shown
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (desk, ticket, message)
);
CREATE INDEX cards_draft ON cards (draft);

-- Slack envelopes and events already taken, so that retries have one effect.
CREATE TABLE slack_seen (
    id      text PRIMARY KEY,
    seen_at timestamptz NOT NULL DEFAULT now()
);
