-- What knowledge owners are told: which sources they removed (documents and
-- versions stay for old receipts), the audience that a version had, and which
-- documents say the same. Written by knowledge only.
-- Nullable columns rewrite nothing; the update touches each document's current
-- version, and the index keeps writers of versions waiting while it is made. A
-- process of the previous version leaves the columns empty.
-- +goose Up
ALTER TABLE sources ADD COLUMN removed_at timestamptz;        -- null while it is synced
ALTER TABLE document_versions ADD COLUMN audience text;       -- null: made before it was kept
UPDATE document_versions v
   SET audience = d.audience
  FROM documents d
 WHERE d.id = v.document
   AND d.version = v.version;
CREATE INDEX document_versions_text ON document_versions (md5(text));
