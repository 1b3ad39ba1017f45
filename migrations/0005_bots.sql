-- Approved replies on their way to a desk, and cards in chats.
-- Written by bots (deliveries, desk_watermarks) and bots/slack (cards, slack_seen).
-- New tables: no lock on existing data.
-- +goose Up
CREATE TABLE deliveries (
    id         uuid PRIMARY KEY,
    decision   uuid NOT NULL UNIQUE,             -- one delivery for one approval
    draft      uuid NOT NULL,
    desk       text NOT NULL,
    ticket     text NOT NULL,
    event      json NOT NULL,                    -- draft.decided: reply, hash, who; json keeps every byte, jsonb would not
    hash       text NOT NULL,
    marker     text NOT NULL UNIQUE,             -- what the desk carries for us
    state      text NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown', 'stale', 'asked')),
    attempt    int NOT NULL DEFAULT 0,           -- POSTs that may have reached the desk
    fence      bigint NOT NULL DEFAULT 0,        -- raised by every taker; older takers are refused
    absent     int NOT NULL DEFAULT 0,           -- probes in a row that did not find the reply
    resends    int NOT NULL DEFAULT 0 CHECK (resends <= 1), -- POSTs after the reply was absent twice
    tries      int NOT NULL DEFAULT 0,           -- steps in a row that did not reach the desk
    remote_id  text NOT NULL DEFAULT '',
    reason     text NOT NULL DEFAULT '',
    due_at     timestamptz NOT NULL DEFAULT now(), -- when the next step may be taken
    published  boolean NOT NULL DEFAULT false,   -- reply.delivered or reply.returned is out
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state IN ('queued', 'sending', 'unknown') OR NOT published;

-- Up to when (our clock) the reconcile poll has seen a desk's changes.
CREATE TABLE desk_watermarks (
    desk text PRIMARY KEY,
    at   timestamptz NOT NULL
);

-- One card per customer message; a redraft takes over its predecessor's card.
CREATE TABLE cards (
    id         uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(), -- in the message's metadata: finds a card whose post was never answered
    desk       text NOT NULL,
    ticket     text NOT NULL,
    message    text NOT NULL,
    draft      uuid NOT NULL,                    -- the version shown
    version    int NOT NULL,                     -- of the draft
    channel    text NOT NULL,
    ts         text NOT NULL DEFAULT '',         -- empty until Slack has told it
    tried_at   timestamptz,                      -- a post began and was not answered
    state      text NOT NULL DEFAULT '',         -- draft state last shown
    shown      text NOT NULL DEFAULT '',         -- hash of the content last shown
    waiting    boolean NOT NULL DEFAULT false,   -- could not be shown: Slack refuses until somebody repairs it
    fence      bigint NOT NULL DEFAULT 0,        -- raised by every holder; older holders write nothing
    held_until timestamptz,                      -- one process at a time works on a card
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (desk, ticket, message)
);
CREATE INDEX cards_draft ON cards (draft);
CREATE INDEX cards_waiting ON cards (updated_at) WHERE waiting;

-- Presses and events of Slack already taken, so that retries have one effect.
CREATE TABLE slack_seen (
    id      text PRIMARY KEY,
    seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX slack_seen_at ON slack_seen (seen_at);
