-- Slack support channels: the status marks (emoji) that the message of a channel
-- had when it was last looked at, so that the reconcile poll finds a change that
-- no event told. Written by bots/slackdesk. New and empty: no locks.
-- +goose Up
CREATE TABLE slackdesk_marks (
    desk    text        NOT NULL,
    channel text        NOT NULL,
    thread  text        NOT NULL CHECK (thread <> ''), -- timestamp of the message
    marks   text        NOT NULL,                      -- names of emoji, sorted; empty: taken away again
    at      timestamptz NOT NULL,                      -- when we saw it change
    PRIMARY KEY (desk, channel, thread)
);
CREATE INDEX slackdesk_marks_at ON slackdesk_marks (desk, channel, at);
