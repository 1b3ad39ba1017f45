// Package knowledge holds the nouns and ports of knowledge. The rooms below it
// make and search sources; data goes through them in one direction:
//
//	source ─▶ ingest ─▶ Postgres and the index ─▶ corpus ─▶ search ─▶ passages
//	                                                          ▲
//	                       decisions of people ─▶ learning ───┘
//
// What comes in: pages of sources and conversations. What goes out: passages with
// their document, version and audience. Here stand what several rooms name (Raw,
// Chunk, Point, Proof), the ports that others fill (Source, Index, Collections,
// Embedder, Reranker), what every room stands on (Knowledge), and what people see
// of sources and documents (store_catalogue.go). Package library joins the rooms.
//
// Postgres is the system of record; the index is a cache of it.
//
// # What it is not for
//
// It reads files only through a Source, talks to Qdrant only through Index and
// Collections (package qdrant), and never calls a model except through Embedder
// and Reranker. It writes no table.
package knowledge
