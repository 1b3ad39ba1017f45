-- When a document holds: before valid_from and after valid_until (days of UTC) it
-- is neither found nor approved, though it stays. Written by knowledge only.
-- Nullable columns rewrite nothing; a process of the previous version leaves them
-- empty, and sees a document that does not hold as deleted where it approves.
-- +goose Up
ALTER TABLE documents ADD COLUMN valid_from date, ADD COLUMN valid_until date;
CREATE OR REPLACE VIEW citable AS
SELECT p.id AS passage,
       p.version,
       d.version AS current_version,
       d.audience,
       d.deleted_at IS NOT NULL
         OR coalesce(d.valid_from > (now() AT TIME ZONE 'UTC')::date, false)
         OR coalesce(d.valid_until < (now() AT TIME ZONE 'UTC')::date, false) AS deleted,
       d.title
  FROM passages p
  JOIN documents d ON d.id = p.document;
