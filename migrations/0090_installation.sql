-- Whose an index is: each installation marks the collections that it makes and leaves
-- those of others alone (knowledge.Installation). The table has one row, so rewriting it
-- for the random default takes no time. A process of the previous version does not look.
-- +goose Up
ALTER TABLE knowledge_state ADD COLUMN installation uuid NOT NULL DEFAULT gen_random_uuid();
