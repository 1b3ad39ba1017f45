-- Sources, documents, their versions, passages and embeddings: the system of
-- record; the search index is a cache of it. Written by knowledge only.
-- +goose Up
CREATE TABLE sources (
    name       text PRIMARY KEY,
    kind       text NOT NULL,                    -- folder
    location   text NOT NULL,
    settings   jsonb NOT NULL DEFAULT '{}',
    synced_at  timestamptz,
    report     jsonb NOT NULL DEFAULT '{}',      -- what the last finished sync did
    error      text NOT NULL DEFAULT '',         -- why the last sync failed; empty when it did not
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE documents (
    id          text PRIMARY KEY,                -- "<source>/<path>"
    source      text NOT NULL REFERENCES sources (name),
    path        text NOT NULL,
    version     int NOT NULL,                    -- current version
    title       text NOT NULL,
    url         text NOT NULL DEFAULT '',
    product     text NOT NULL DEFAULT '',
    locale      text NOT NULL DEFAULT '',
    audience    text NOT NULL CHECK (audience IN ('public', 'internal')),
    owner       text NOT NULL DEFAULT '',
    reviewed_at date,
    hash        text NOT NULL,                   -- of the cleaned text and the metadata that is indexed
    raw_hash    text NOT NULL,                   -- of the bytes and settings it was prepared from
    language    text NOT NULL DEFAULT '',        -- two letters: how its words are stemmed
    notes       text[] NOT NULL DEFAULT '{}',    -- what front matter said in vain
    indexed     text NOT NULL DEFAULT '',        -- what the index holds of it; empty: nothing
    bytes       int NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT now(),
    deleted_at  timestamptz,
    UNIQUE (source, path)
);

CREATE TABLE document_versions (
    document   text NOT NULL REFERENCES documents (id),
    version    int NOT NULL,
    title      text NOT NULL,
    text       text NOT NULL,                    -- cleaned Markdown
    hash       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (document, version)
);

CREATE TABLE passages (
    id         uuid PRIMARY KEY,                 -- stable for (document, version, ordinal)
    document   text NOT NULL,
    version    int NOT NULL,
    ordinal    int NOT NULL,
    heading    text[] NOT NULL DEFAULT '{}',
    text       text NOT NULL,
    start_at   int NOT NULL,                     -- byte offsets in the version's text
    end_at     int NOT NULL,
    hash       text NOT NULL,                    -- of title, headings and text
    terms      int[] NOT NULL,                   -- of the text, in order, without stop words
    UNIQUE (document, version, ordinal),
    FOREIGN KEY (document, version) REFERENCES document_versions (document, version)
);

-- Terms of customers' questions whose approved reply cited a passage. Kept by
-- the passage's hash, so that they outlive versions in which it did not change.
-- Terms are hashes of word stems: the customer's words are not stored.
CREATE TABLE asks (
    decision   text NOT NULL,                    -- the approval that taught it
    hash       text NOT NULL,                    -- passages.hash
    terms      int[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (decision, hash)
);
CREATE INDEX asks_hash ON asks (hash);
CREATE INDEX passages_hash ON passages (hash);

-- One row; the number grows with every change of documents or passages, so
-- that searchers know when their statistics are old.
CREATE TABLE knowledge_state (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    generation bigint NOT NULL DEFAULT 0
);
INSERT INTO knowledge_state DEFAULT VALUES;

-- Keyed by model and text, so that a rebuild of the index costs nothing.
CREATE TABLE embeddings (
    model      text NOT NULL,
    hash       text NOT NULL,
    vector     real[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (model, hash)
);

-- Input that could not be used, with the reason; cleared when it can be.
CREATE TABLE quarantine (
    source text NOT NULL REFERENCES sources (name),
    path   text NOT NULL,
    reason text NOT NULL,
    bytes  bigint NOT NULL,
    at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, path)
);

-- What approval and delivery need to know of a cited passage.
CREATE VIEW citable AS
SELECT p.id AS passage,
       p.version,
       d.version AS current_version,
       d.audience,
       d.deleted_at IS NOT NULL AS deleted,
       d.title
  FROM passages p
  JOIN documents d ON d.id = p.document;
