// Package qdrant is the search index of knowledge over Qdrant's gRPC API: the
// embedded server of package local and a real Qdrant are the same to it.
//
// The alias ("knowledge") is what searches use; collections behind it are
// numbered ("knowledge-1", …) and swapped whole. A collection has the sparse
// vector terms, whose IDF the server multiplies in, and the dense
// vector dense when embeddings are configured. The text of passages is not in
// the index.
//
// It decides nothing about ranking and never reads Postgres.
package qdrant
