-- What must be known of a ticket before a reply is posted, so that a later look can
-- tell "never arrived" from "arrived and is not there any more". Rows from before
-- have no time: nothing proves that their replies are absent. New columns with
-- constants for defaults: no rewrite.
-- +goose Up
ALTER TABLE deliveries
    ADD COLUMN ticket_at timestamptz,             -- the desk's own time of the ticket's last change, read right before the last POST; null: not known
    ADD COLUMN looks int NOT NULL DEFAULT 0;      -- probes since the last POST that could read the desk
