-- Drafts that were written without a model say why in a word (drafts.fallback: the first
-- provider's code, such as timeout or rejected; empty when no model was asked or one
-- wrote), and those whose model was away wait for it to come back (awaited_drafts,
-- written by pipeline/drafting). Rows from before, and of a process of the previous
-- version, have no word and do not wait. Short lock on drafts, no rewrite.
-- +goose Up
ALTER TABLE drafts ADD COLUMN fallback text NOT NULL DEFAULT '';
CREATE TABLE awaited_drafts (
    draft    uuid PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now(), -- since when
    tries    int NOT NULL DEFAULT 0,             -- how often it was asked for again
    asked_at timestamptz                         -- the last time; null: never
);
