// Package ingest takes pages of a source to passages that can be found.
//
// What comes in: knowledge.Raw, a page as its source has it. What goes out:
// documents, versions and passages in Postgres, points in the index, and for each
// page that cannot be used a reason in plain words (quarantine).
//
// # The way of a page, one file a step
//
//	sync ─▶ prepare ─▶ decode ─▶ access ─▶ frontmatter ─▶ clean (bound, blocks) ─▶ metadata ─▶ passages
//	  └──▶ store_document ─▶ indexing (embed) ─▶ the index;  check: does it hold what Postgres does?
//
// Documents, versions and passages are committed first; the index follows and
// documents.indexed says what it holds, so a sync that was killed is finished by
// the next one. Check compares the two sides, Heal repairs the index, Rebuild makes
// a new one beside it.
//
// Who may see a document is what package access reads in the page, its row, its path
// and the source's default; people's decisions on a source (decide) come first.
//
// It alone writes sources, documents, document_versions, passages, embeddings,
// quarantine, access_decisions and knowledge_state.
package ingest
