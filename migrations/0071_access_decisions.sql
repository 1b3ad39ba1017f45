-- What people decided that a key of front matter says about who may read a page of
-- one source ("visibility: partner" means internal). Written by knowledge only. A
-- decision that was replaced or taken back stays, with who did it.
-- +goose Up
CREATE TABLE access_decisions (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source     text NOT NULL REFERENCES sources (name),
    key        text NOT NULL,                        -- small words with _ between
    value      text NOT NULL,                        -- small; empty: any value
    means      text NOT NULL CHECK (means IN ('public', 'internal', 'leave out', 'nothing')),
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT now(),
    ended_at   timestamptz,                          -- null while it holds
    ended_by   text
);
CREATE UNIQUE INDEX access_decisions_holding ON access_decisions (source, key, value) WHERE ended_at IS NULL;
