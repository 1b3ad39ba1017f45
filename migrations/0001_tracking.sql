-- Tickets, their messages, and the one outcome of each customer message.
-- Written by pipeline/tracking only. New tables: no lock on existing data.
-- +goose Up
CREATE TABLE tickets (
    desk            text NOT NULL,
    id              text NOT NULL,
    subject         text NOT NULL DEFAULT '',
    status          text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'pending', 'solved')),
    status_at       timestamptz NOT NULL,        -- of the event that set it: an older event never overwrites a newer
    locale          text NOT NULL DEFAULT '',
    product         text NOT NULL DEFAULT '',
    queue           text NOT NULL DEFAULT '',
    url             text NOT NULL DEFAULT '',
    requester_id    text NOT NULL DEFAULT '',
    requester_name  text NOT NULL DEFAULT '',
    requester_email text NOT NULL DEFAULT '',
    -- counts public customer and agent messages; drafts belong to one revision
    revision        bigint NOT NULL DEFAULT 0,
    arm             text NOT NULL DEFAULT 'treatment' CHECK (arm IN ('treatment', 'control')),
    created_at      timestamptz NOT NULL,
    first_reply_at  timestamptz,
    solved_at       timestamptz,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (desk, id)
);
CREATE INDEX tickets_updated_at ON tickets (updated_at DESC);

CREATE TABLE messages (
    desk         text NOT NULL,
    ticket       text NOT NULL,
    id           text NOT NULL,
    role         text NOT NULL CHECK (role IN ('customer', 'agent', 'bot', 'system')),
    author_id    text NOT NULL DEFAULT '',
    author_name  text NOT NULL DEFAULT '',
    author_email text NOT NULL DEFAULT '',
    text         text NOT NULL,
    public       boolean NOT NULL,
    marker       text NOT NULL DEFAULT '',
    attachments  text[] NOT NULL DEFAULT '{}',
    at           timestamptz NOT NULL,           -- by the desk's clock
    received_at  timestamptz NOT NULL DEFAULT now(),
    revision     bigint NOT NULL,                -- of the ticket once this message was in
    PRIMARY KEY (desk, ticket, id),
    FOREIGN KEY (desk, ticket) REFERENCES tickets (desk, id)
);
CREATE INDEX messages_thread ON messages (desk, ticket, at, id);

-- One row per public customer message, inserted with the message itself, so
-- that arrivals without an outcome can always be counted (kind IS NULL).
CREATE TABLE outcomes (
    desk        text NOT NULL,
    ticket      text NOT NULL,
    message     text NOT NULL,
    kind        text CHECK (kind IN ('proposed', 'abstained', 'held_out', 'skipped', 'failed')),
    reason      text NOT NULL DEFAULT '',
    draft       uuid,
    event       jsonb,                           -- draft.requested as published; replays publish it again
    arrived_at  timestamptz NOT NULL DEFAULT now(),
    recorded_at timestamptz,
    PRIMARY KEY (desk, ticket, message),
    FOREIGN KEY (desk, ticket, message) REFERENCES messages (desk, ticket, id)
);
CREATE INDEX outcomes_pending ON outcomes (arrived_at) WHERE kind IS NULL;
CREATE INDEX outcomes_arrived ON outcomes (arrived_at DESC);

-- What a consumer gave up on; replayed from the console.
CREATE TABLE dead_letters (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer    text NOT NULL,
    event_id    text NOT NULL,
    event       jsonb NOT NULL,
    reason      text NOT NULL,
    deliveries  int NOT NULL,
    at          timestamptz NOT NULL DEFAULT now(),
    replayed_at timestamptz,
    UNIQUE (consumer, event_id)
);
