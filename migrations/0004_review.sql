-- Where drafts stand with people, what was decided, and handling time.
-- Written by review, review/audit and review/access.
-- +goose Up
CREATE TABLE reviews (
    draft           uuid PRIMARY KEY REFERENCES drafts (id),
    desk            text NOT NULL,
    ticket          text NOT NULL,
    state           text NOT NULL CHECK (state IN ('open', 'claimed', 'approved', 'sent', 'returned', 'rejected', 'handed_off', 'superseded', 'stale')),
    claimed_by      text,
    claimed_at      timestamptz,
    decided_by      text,
    decided_at      timestamptz,
    decision        uuid,                        -- the latest
    kind            text NOT NULL DEFAULT '',    -- of the latest deciding decision: approve, edit, reject, hand_off, redraft
    text            text NOT NULL DEFAULT '',    -- the approved reply
    hash            text NOT NULL DEFAULT '',    -- of the approved reply
    reason          text NOT NULL DEFAULT '',
    distance        real NOT NULL DEFAULT 0,
    delivery        text NOT NULL DEFAULT '',
    sent_at         timestamptz,
    updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reviews_ticket ON reviews (desk, ticket);
CREATE INDEX reviews_state ON reviews (state, updated_at DESC);

-- Append only.
CREATE TABLE decisions (
    id      uuid PRIMARY KEY,
    draft   uuid NOT NULL REFERENCES drafts (id),
    kind    text NOT NULL,
    agent   text NOT NULL,
    surface text NOT NULL,
    hash    text NOT NULL DEFAULT '',
    text    text NOT NULL DEFAULT '',
    reason  text NOT NULL DEFAULT '',
    at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX decisions_draft ON decisions (draft, at);

-- Events decided in a transaction, published after it. Claimed with SKIP LOCKED.
CREATE TABLE outbox (
    id         uuid PRIMARY KEY,
    event      jsonb NOT NULL,
    state      text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'published')),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_ready ON outbox (created_at) WHERE state = 'ready';

-- One agent's active time on one ticket, by the database clock.
CREATE TABLE spans (
    id           uuid PRIMARY KEY,
    desk         text NOT NULL,
    ticket       text NOT NULL,
    agent        text NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('measured', 'native', 'proxy')),
    surface      text NOT NULL,
    started_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz,
    ended_by     text NOT NULL DEFAULT '',       -- reply, release, reject, hand_off, idle
    active_ms    bigint,                         -- capped at the idle limit
    CHECK (active_ms IS NULL OR active_ms >= 0)
);
CREATE UNIQUE INDEX spans_open ON spans (desk, ticket, agent) WHERE ended_at IS NULL;
CREATE INDEX spans_ticket ON spans (desk, ticket);
CREATE INDEX spans_ended ON spans (ended_at DESC);

CREATE TABLE audit_log (
    seq    bigint PRIMARY KEY,                   -- without gaps
    at     timestamptz NOT NULL,
    actor  text NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    prev   bytea NOT NULL,
    hash   bytea NOT NULL                        -- SHA-256(prev || canonical row)
);

CREATE TABLE agents (
    id          text PRIMARY KEY,
    name        text NOT NULL,
    email       text NOT NULL UNIQUE,            -- lower case
    role        text NOT NULL CHECK (role IN ('agent', 'owner', 'manager', 'admin')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz
);

CREATE TABLE login_links (
    token_hash bytea PRIMARY KEY,
    agent      text NOT NULL REFERENCES agents (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);

CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY,
    agent      text NOT NULL REFERENCES agents (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    ended_at   timestamptz
);

-- A draft with where it stands: an unseen draft is open.
CREATE VIEW draft_states AS
SELECT d.id AS draft,
       d.desk,
       d.ticket,
       d.message,
       d.revision,
       d.version,
       d.abstained,
       d.drafter,
       d.created_at,
       coalesce(r.state, 'open') AS state,
       coalesce(r.kind, '') AS kind,
       r.claimed_by,
       r.decided_by,
       r.decided_at,
       coalesce(r.distance, 0) AS distance,
       coalesce(r.delivery, '') AS delivery,
       r.sent_at,
       d.revision < t.revision AS outdated
  FROM drafts d
  JOIN tickets t ON t.desk = d.desk AND t.id = d.ticket
  LEFT JOIN reviews r ON r.draft = d.id;

-- Handling time per ticket and kind: kinds are never averaged together.
CREATE VIEW handling_times AS
SELECT s.desk,
       s.ticket,
       s.kind,
       t.arm,
       t.queue,
       sum(s.active_ms)::bigint AS handling_ms,
       count(*) AS spans,
       min(s.started_at) AS started_at,
       max(s.ended_at) AS ended_at
  FROM spans s
  JOIN tickets t ON t.desk = s.desk AND t.id = s.ticket
 WHERE s.ended_at IS NOT NULL
 GROUP BY s.desk, s.ticket, s.kind, t.arm, t.queue;
