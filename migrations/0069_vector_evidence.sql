-- How far vectors are believed in telling whether an answer is there, taught by
-- approvals and proven by the last proof; null: not at all. Written by knowledge
-- only. Code of before does not use it.
-- +goose Up
ALTER TABLE learning_state
    ADD COLUMN weighing jsonb;
