-- Why a card waits and when it is tried again, and the message that it left behind
-- where Slack lets nobody change it. Written by bots/slack. Columns with constant
-- defaults: no rewrite; the index is of a table of one row a customer message.
-- +goose Up
ALTER TABLE cards ADD COLUMN problem text NOT NULL DEFAULT '';         -- Slack's word for why it waits
ALTER TABLE cards ADD COLUMN tries int NOT NULL DEFAULT 0;             -- refusals of its content in a row
ALTER TABLE cards ADD COLUMN due_at timestamptz;                       -- not tried again before; null: whenever it is looked
ALTER TABLE cards ADD COLUMN left_ts text NOT NULL DEFAULT '';         -- a message of it that cannot be changed any more
ALTER TABLE cards ADD COLUMN left_told boolean NOT NULL DEFAULT false; -- and what was said about that
CREATE INDEX cards_message ON cards (channel, ts) WHERE ts <> '';
CREATE INDEX cards_left ON cards (channel, left_ts) WHERE left_ts <> '';
