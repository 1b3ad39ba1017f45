-- An edited reply is kept sentence by sentence, with the receipts that stand behind
-- each, beside its text. Rows from before have none: only their text is shown.
-- New column without a default: no lock to speak of.
-- +goose Up
ALTER TABLE reviews ADD COLUMN sentences jsonb;
