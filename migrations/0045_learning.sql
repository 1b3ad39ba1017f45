-- What people's decisions teach search, whether it is used, and the proof of
-- that. Written by knowledge only. New tables, and a column with a default on a
-- small one: no lock that matters. Nothing wrote asks
-- before this; code of before goes on reading it.
-- +goose Up
CREATE TABLE lessons (
    decision    text PRIMARY KEY,                -- what taught it: counts once
    seq         bigint NOT NULL UNIQUE,          -- in the order of commits (learning_state.seq)
    draft       text NOT NULL DEFAULT '',
    kind        text NOT NULL DEFAULT 'approve' CHECK (kind IN ('approve', 'edit', 'reject')),
    terms       int[] NOT NULL,                  -- hashes of word stems; the words are not stored
    weights     real[] NOT NULL,                 -- of terms: the newest message counts most
    requester   bigint NOT NULL DEFAULT 0,       -- hashes of names, for the caps; 0: nobody
    agent       bigint NOT NULL DEFAULT 0,
    thread      bigint NOT NULL DEFAULT 0,
    agent_id    text NOT NULL DEFAULT '',        -- so that one agent's lessons can be taken back
    guided      boolean NOT NULL DEFAULT false,  -- learned votes had brought up what it cites: proves nothing
    taught_at   timestamptz NOT NULL DEFAULT now(),
    reverted_at timestamptz,
    reverted_by text NOT NULL DEFAULT ''
);
CREATE INDEX lessons_taught ON lessons (taught_at DESC);

ALTER TABLE asks
    ADD COLUMN weight real NOT NULL DEFAULT 1,   -- in [-1,1]: for the passage, or against it
    ALTER COLUMN terms SET DEFAULT '{}';         -- lessons has them now

-- One row. The generation grows when lessons are taken back or learning is
-- switched; seq with every lesson. Searchers compare both with what they hold.
CREATE TABLE learning_state (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    generation bigint NOT NULL DEFAULT 0,
    seq        bigint NOT NULL DEFAULT 0,
    is_on      boolean NOT NULL DEFAULT false,
    strength   real NOT NULL DEFAULT 1,          -- what votes weigh against search, chosen by the proof
    changed_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO learning_state DEFAULT VALUES;

-- Every held-out replay, newest last; the switch follows the newest.
CREATE TABLE learning_proofs (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now(),
    by       text NOT NULL,                      -- agent id, or 'schedule'
    seq      bigint NOT NULL,                    -- newest lesson there was
    is_on    boolean NOT NULL,
    reason   text NOT NULL,                      -- plain words
    strength real NOT NULL,
    report   jsonb NOT NULL                      -- figures, intervals, slices
);
CREATE INDEX learning_proofs_at ON learning_proofs (at DESC);
