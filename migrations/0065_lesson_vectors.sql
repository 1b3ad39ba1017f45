-- What a lesson's question means to the embedding model in use, so that the same
-- question in other words is known again; and which model a proof was made with.
-- Written by knowledge only. Columns that are empty, or have a constant default,
-- rewrite nothing; code of before does not use them.
-- +goose Up
ALTER TABLE lessons
    ADD COLUMN model   text NOT NULL DEFAULT '',  -- that has read its question; '': none yet
    ADD COLUMN meaning bytea;                     -- direction of that embedding, a signed byte a number; null with a model: the question is gone
ALTER TABLE learning_state
    ADD COLUMN trust real NOT NULL DEFAULT 0;     -- in what questions mean, against their words, chosen by the proof
ALTER TABLE learning_proofs
    ADD COLUMN trust real NOT NULL DEFAULT 0,
    ADD COLUMN model text NOT NULL DEFAULT '';    -- searches had vectors of; '': none
