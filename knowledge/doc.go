// Package knowledge makes and searches sources: it turns documents into
// passages, keeps their versions in Postgres, keeps a search index in step, and
// finds the passages that answer a conversation.
//
// # Steps of a sync (one file each)
//
//	Source ─▶ decode ─▶ front matter ─▶ clean ─▶ passages ─▶ store ─▶ index
//	            └────────────┴────────────┴─▶ quarantine (reason in plain words)
//
// Postgres is the system of record. Documents, versions and passages are
// committed first; the index follows and documents.indexed says what it holds,
// so a sync that was killed is finished by the next one. Check compares the two
// sides, Heal repairs the index, Rebuild makes a new one beside it.
//
// # Who may see a document
//
// The first that says something wins: the document's own "audience" (front
// matter or metadata); a path segment that names it ("internal/…"); the
// source's default. An audience in words we do not know counts as internal, and
// so does everything below an "internal" path segment unless the document says
// "public" itself.
//
// # What it is not for
//
// It reads files only through a Source, talks to Qdrant only through Index and
// Collections (package qdrant), and never calls a model except through Embedder.
package knowledge
