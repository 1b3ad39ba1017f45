-- Which transaction changed a document last, so that whoever counted the documents as
-- of one snapshot reads only those that changed since it (knowledge.ChangedSince). Set
-- by a trigger, so that a process of the previous version does it too. Written by
-- knowledge. The column's default is a constant: no table is rewritten. Building the
-- index locks writes to documents, for a second at 200,000 of them.
-- +goose Up
ALTER TABLE documents ADD COLUMN changed xid8 NOT NULL DEFAULT '0'; -- before every snapshot
CREATE INDEX documents_changed ON documents (changed);

-- +goose StatementBegin
CREATE FUNCTION document_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed = pg_current_xact_id();
    RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER document_inserted BEFORE INSERT ON documents FOR EACH ROW EXECUTE FUNCTION document_changed();
CREATE TRIGGER document_updated BEFORE UPDATE ON documents FOR EACH ROW
    WHEN (OLD.indexed = NEW.indexed) -- what the index holds of it changes nothing that is counted
    EXECUTE FUNCTION document_changed();
