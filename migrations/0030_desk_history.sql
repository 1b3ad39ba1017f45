-- What desks recorded about tickets solved before Footnote: the baseline.
-- Written by review/measure. New tables: no lock on existing data.
-- +goose Up
CREATE TABLE desk_history (
    desk                       text NOT NULL,
    ticket                     text NOT NULL,
    created_at                 timestamptz NOT NULL,
    solved_at                  timestamptz NOT NULL,
    first_response_ms          bigint CHECK (first_response_ms >= 0),          -- calendar time; NULL: the desk does not tell
    first_response_business_ms bigint CHECK (first_response_business_ms >= 0), -- by the desk's business hours
    resolution_ms              bigint CHECK (resolution_ms >= 0),
    resolution_business_ms     bigint CHECK (resolution_business_ms >= 0),
    handling_ms                bigint CHECK (handling_ms >= 0),                -- agents' time as the desk recorded it: native
    reopens                    int CHECK (reopens >= 0),
    definition                 text NOT NULL,                                  -- the desk's fields that these figures are
    imported_at                timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (desk, ticket)
);
CREATE INDEX desk_history_solved ON desk_history (solved_at);

-- Where an import of a desk's history stands, so that it goes on after a stop.
CREATE TABLE desk_imports (
    desk       text PRIMARY KEY,
    since      timestamptz NOT NULL,
    cursor     text NOT NULL,
    done       boolean NOT NULL DEFAULT false,
    tickets    bigint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now()
);
