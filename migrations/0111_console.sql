-- Who looks at a ticket right now or writes to it (review/presence writes it): one row
-- an open page, forgotten minutes after its last sign of life. To whom a ticket was
-- handed (review writes it): a person or a queue, until the customer writes again.
-- Saved replies of the team (review/saved writes it). New tables: no lock on existing data.
-- +goose Up
CREATE UNLOGGED TABLE presence (
    desk    text NOT NULL,
    ticket  text NOT NULL,
    page    text NOT NULL,
    agent   text NOT NULL,
    writing boolean NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (desk, ticket, page)
);
CREATE INDEX presence_seen ON presence (seen_at);

CREATE TABLE handoffs (
    desk     text NOT NULL,
    ticket   text NOT NULL,
    message  text NOT NULL,                     -- newest customer message then: a newer one ends it
    agent    text NOT NULL DEFAULT '',          -- to whom; empty: to a queue
    queue    text NOT NULL DEFAULT '',          -- to which; empty: to a person
    note     text NOT NULL DEFAULT '',
    by_agent text NOT NULL,
    at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (desk, ticket)
);

CREATE TABLE saved_replies (
    id         uuid PRIMARY KEY,
    name       text NOT NULL UNIQUE,
    text       text NOT NULL,
    locale     text NOT NULL DEFAULT '',        -- language it is written in; empty: any
    by_agent   text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
