-- An approved reply leaves a while after the approval and can be taken back until
-- delivery begins: send_at is the earliest moment, begun_at is set by whoever begins,
-- and taking back expects that it is not. Deliveries that were taken back are a state
-- of their own. Rows from before have no send_at and are not offered to be taken back.
-- Short lock on both tables; the constraint is checked without one.
-- +goose Up
ALTER TABLE reviews ADD COLUMN send_at timestamptz;
ALTER TABLE reviews ADD COLUMN begun_at timestamptz;
ALTER TABLE deliveries DROP CONSTRAINT deliveries_state_check;
ALTER TABLE deliveries ADD CONSTRAINT deliveries_state_check
      CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown', 'stale', 'asked', 'undone', 'undelivered')) NOT VALID;
ALTER TABLE deliveries VALIDATE CONSTRAINT deliveries_state_check;
