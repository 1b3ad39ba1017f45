-- Messages that came while drafting was paused get their draft once it goes on.
-- asked_at is when a draft was asked for later than the message arrived, so that
-- what is asked for late is not taken for overdue. Written by pipeline/tracking
-- only. A nullable column rewrites nothing; the index locks writes to outcomes
-- while it is built. A process of the previous version does not use either.
-- +goose Up
ALTER TABLE outcomes ADD COLUMN asked_at timestamptz;
CREATE INDEX outcomes_paused ON outcomes (arrived_at DESC) WHERE kind = 'skipped' AND reason = 'drafting is paused';
