-- Drafts shown in desks as private notes or native drafts: one row a version.
-- Written by bots. New table: no lock on existing data.
-- +goose Up
CREATE TABLE desk_notes (
    draft      uuid PRIMARY KEY,             -- of one version
    desk       text NOT NULL,
    ticket     text NOT NULL,
    state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'tried', 'shown', 'refused')),
    tried_at   timestamptz,                  -- a call began and its answer is not known
    absent     int NOT NULL DEFAULT 0,       -- readings in a row that did not find the note
    resends    int NOT NULL DEFAULT 0 CHECK (resends <= 1),
    fence      bigint NOT NULL DEFAULT 0,    -- raised by every taker; older takers write nothing
    held_until timestamptz,                  -- one process at a time works on a note
    remote_id  text NOT NULL DEFAULT '',
    reason     text NOT NULL DEFAULT '',
    updated_at timestamptz NOT NULL DEFAULT now()
);
