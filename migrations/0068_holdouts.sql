-- The share of tickets held out, and since when, so that a report can say what its
-- control arm was drawn with. A row for each change. Written by tracking only; code
-- of before does not use it.
-- +goose Up
CREATE TABLE holdouts (
    since timestamptz PRIMARY KEY DEFAULT now(),
    share double precision NOT NULL CHECK (share BETWEEN 0 AND 1)
);
