-- Slack support channels: which ticket each of the customers' threads belongs to.
-- A customer who writes several messages into a channel, one right after the
-- other, has one ticket with several threads; once settled it never changes, so
-- that events and the reconcile poll name the same ticket. New and empty: no locks.
-- +goose Up
CREATE TABLE slackdesk_threads (
    desk    text        NOT NULL,
    channel text        NOT NULL,
    thread  text        NOT NULL CHECK (thread <> ''), -- timestamp of the message that begins it
    author  text        NOT NULL,
    ticket  text        NOT NULL CHECK (ticket <> ''), -- timestamp of the ticket's first known thread
    at      timestamptz NOT NULL,                      -- of thread
    PRIMARY KEY (desk, channel, thread)
);

CREATE INDEX slackdesk_threads_author ON slackdesk_threads (desk, channel, author, at);
CREATE INDEX slackdesk_threads_ticket ON slackdesk_threads (desk, channel, ticket);
