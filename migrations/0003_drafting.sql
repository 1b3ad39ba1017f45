-- Drafts never change after they were saved; people's decisions stand in
-- reviews. Written by pipeline/drafting (drafts) and pipeline/llm (llm_calls).
-- +goose Up
CREATE TABLE drafts (
    id             uuid PRIMARY KEY,
    desk           text NOT NULL,
    ticket         text NOT NULL,
    message        text NOT NULL,
    revision       bigint NOT NULL,
    version        int NOT NULL,
    content        jsonb NOT NULL,               -- the whole pipeline.Draft
    abstained      text NOT NULL DEFAULT '',
    drafter        text NOT NULL,
    model          text NOT NULL DEFAULT '',
    prompt_version text NOT NULL DEFAULT '',
    prompt_hash    text NOT NULL DEFAULT '',
    cost_micros    bigint NOT NULL DEFAULT 0,    -- millionths of USD
    confidence     real NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE (desk, ticket, message, version)
);
CREATE INDEX drafts_created ON drafts (created_at DESC);

-- One row per call to a model provider, also for calls that failed.
CREATE TABLE llm_calls (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL DEFAULT now(),
    purpose       text NOT NULL,                 -- draft | repair | embed
    correlation   text NOT NULL DEFAULT '',
    provider      text NOT NULL,
    model         text NOT NULL,
    prompt_hash   text NOT NULL DEFAULT '',
    input_tokens  int NOT NULL DEFAULT 0,
    cached_tokens int NOT NULL DEFAULT 0,
    output_tokens int NOT NULL DEFAULT 0,
    cost_micros   bigint NOT NULL DEFAULT 0,
    estimated     boolean NOT NULL DEFAULT false, -- the provider sent no usage
    duration_ms   int NOT NULL,
    error         text NOT NULL DEFAULT ''       -- empty when the answer was usable
);
CREATE INDEX llm_calls_at ON llm_calls (at DESC);
