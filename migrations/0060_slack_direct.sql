-- Answers that must not stand in the channel where they were asked for go into
-- a conversation with the person alone, and requests are forgotten after a
-- month (by created_at). Written by bots/slack only. Adding a column with a
-- constant default rewrites nothing; the indexes lock writes to this small
-- table while they are built. A process of the previous version does not read
-- the column.
-- +goose Up
ALTER TABLE slack_requests ADD COLUMN direct text NOT NULL DEFAULT ''; -- the conversation with the answer; empty: channel has it
CREATE INDEX slack_requests_direct ON slack_requests (direct, posted) WHERE direct <> '';
CREATE INDEX slack_requests_created ON slack_requests (created_at);
