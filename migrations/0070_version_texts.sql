-- The audience of current versions from before it was kept, which documents say the
-- same, and what the audit trail has about one thing. Apart from the columns, so that
-- readers do not wait: while an index is made only writers of its table do.
-- +goose Up
UPDATE document_versions v
   SET audience = d.audience
  FROM documents d
 WHERE d.id = v.document
   AND d.version = v.version
   AND v.audience IS NULL;
CREATE INDEX document_versions_text ON document_versions (md5(text));
CREATE INDEX audit_log_object ON audit_log (object);
