-- A reply that the desk had and the customer did not get ("undelivered": a mail that
-- bounced), to whom a mail went, so that a report of delivery finds its reply, and who
-- took in by hand a message that a rule had skipped. Constant defaults: short locks;
-- the constraint is checked without one.
-- +goose Up
-- 0109 adds it too: it may run before this or after.
ALTER TABLE deliveries DROP CONSTRAINT deliveries_state_check;
ALTER TABLE deliveries ADD CONSTRAINT deliveries_state_check
      CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown', 'stale', 'asked', 'undone', 'undelivered')) NOT VALID;
ALTER TABLE deliveries VALIDATE CONSTRAINT deliveries_state_check;
CREATE INDEX deliveries_marker ON deliveries (marker);
ALTER TABLE email_sent ADD COLUMN recipient text NOT NULL DEFAULT '';
ALTER TABLE email_messages ADD COLUMN undelivered text NOT NULL DEFAULT '';  -- our mark on the reply that this mail says did not arrive
ALTER TABLE outcomes ADD COLUMN taken_by text NOT NULL DEFAULT '';           -- a person had it answered against a rule
CREATE INDEX outcomes_skipped ON outcomes (recorded_at DESC) WHERE kind = 'skipped';
