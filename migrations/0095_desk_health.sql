-- What the latest call to each desk came to, whichever process made it: all of them
-- show the same, and a reply's back-off ends when any call works again. One small row
-- a desk; no locks beyond its creation.
-- +goose Up
CREATE TABLE desk_health (
    desk       text PRIMARY KEY,
    called_at  timestamptz NOT NULL, -- the latest call ended
    heard_at   timestamptz,          -- the desk answered last; null: not known
    failing_at timestamptz,          -- the first of the failures in a row; null: it answers
    failures   integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    refused    boolean NOT NULL DEFAULT false, -- it answers, and refuses our credentials
    reason     text NOT NULL DEFAULT ''
);
COMMENT ON TABLE desk_health IS 'written by bots/health';
