-- What the bus had, so that it is noticed when it comes back with less: a stream made
-- anew, rolled back, or with events that its server cannot read. Written by
-- pipeline/loss. What was published is asked for again from the database and the desks:
-- outbox rows keep their data until everybody has handled them (pipeline/outbox), and
-- desks are asked from an earlier time (bots/intake).
-- Processes of before go on as they are: they strip the data at once, and what they
-- published is then not published again. New columns without defaults: no table is
-- rewritten; the index is built over rows with data only, of which there are few.
-- +goose Up
CREATE TABLE bus_marks (
    stream     text PRIMARY KEY,
    made_at    timestamptz NOT NULL,  -- the stream, by its server
    last_seq   bigint NOT NULL,       -- the newest event it has had
    damaged    int NOT NULL,          -- events that its server could not read
    next_seq   bigint NOT NULL,       -- when all up to here is handled,
    next_at    timestamptz NOT NULL,  -- what was published before this time is
    checked_at timestamptz NOT NULL,  -- handled up to here
    handled_at timestamptz NOT NULL,  -- and what followed from it up to here
    seen_at    timestamptz NOT NULL
);
CREATE TABLE bus_losses (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream   text NOT NULL,
    reason   text NOT NULL,
    since    timestamptz NOT NULL,    -- what was published from here on is asked for again
    found_at timestamptz NOT NULL DEFAULT now(),
    events   int NOT NULL DEFAULT 0,  -- published again
    made_good_at timestamptz          -- NULL: not yet
);
ALTER TABLE outbox ADD COLUMN published_at timestamptz;
CREATE INDEX outbox_data ON outbox (published_at) WHERE state = 'published' AND event ? 'data';
ALTER TABLE desk_watermarks ADD COLUMN again_from timestamptz; -- changes from here on are read once more
