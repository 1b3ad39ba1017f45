-- What knowledge owners are told: which sources they removed (documents and
-- versions stay for old receipts), and the audience that a version had. Written by
-- knowledge only. Nullable columns rewrite nothing; a process of the previous
-- version leaves them empty.
-- +goose Up
ALTER TABLE sources ADD COLUMN removed_at timestamptz;        -- null while it is synced
ALTER TABLE document_versions ADD COLUMN audience text;       -- null: made before it was kept
