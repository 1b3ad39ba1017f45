-- How an endpoint wants to be asked for an answer in a form, as it was learned from it
-- (pipeline/llm), so that a restart does not learn it again. Endpoint is a hash of its
-- address, model and settings. No lock on existing data.
-- +goose Up
CREATE TABLE model_forms (
    endpoint text PRIMARY KEY,
    form     text NOT NULL,                      -- JSON: mode, newer, own_temperature
    at       timestamptz NOT NULL DEFAULT now()
);
