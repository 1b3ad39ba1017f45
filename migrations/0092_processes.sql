-- Who runs: one row for each process that serves, renewed while it lives. Doctor and
-- start compare what all processes of an installation must have alike, count their
-- database connections, and find the console. Written by pipeline/peer. Processes of
-- before have no row and are not compared.
-- +goose Up
CREATE TABLE processes (
    id         uuid PRIMARY KEY,
    host       text NOT NULL,
    pid        int NOT NULL,
    url        text NOT NULL,     -- as its own machine reaches it
    public_url text NOT NULL,     -- as people reach the console; empty: not set
    roles      text[] NOT NULL,
    pool_size  int NOT NULL,      -- database connections at most
    settings   jsonb NOT NULL,    -- key → short code of its value, secrets too: not to be read back
    desks      text[],            -- that it reads from or writes to; NULL: its roles do neither
    sandbox    boolean NOT NULL,  -- it runs the built-in desk
    knowledge  text NOT NULL,     -- name and code of what its folder holds; empty: it syncs none
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now()
);
