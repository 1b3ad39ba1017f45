-- Webhooks that were authentic and could not be read: nothing that a desk signed
-- is lost silently. One row a body; its retries count up. Written by bots.
-- New table: no lock on existing data.
-- +goose Up
CREATE TABLE desk_quarantine (
    desk     text NOT NULL,
    digest   bytea NOT NULL,                 -- SHA-256 of the whole body
    reason   text NOT NULL,
    size     bigint NOT NULL,                -- bytes of the whole body
    body     bytea NOT NULL CHECK (octet_length(body) <= 65536), -- its beginning
    times    int NOT NULL DEFAULT 1,
    first_at timestamptz NOT NULL,
    last_at  timestamptz NOT NULL,
    PRIMARY KEY (desk, digest)
);
CREATE INDEX desk_quarantine_last ON desk_quarantine (last_at DESC);
