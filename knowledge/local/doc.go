// Package local answers the part of Qdrant's gRPC API that Footnote uses, in
// process: there is one code path, the Qdrant Go client, for the embedded
// default and for a real Qdrant server. In process the client's queries and
// upserts are calls (direct.go), all else goes through a pipe.
//
//	srv, err := local.Open(local.Config{Dir: dir, Log: log})
//	client, err := srv.Client() // an ordinary *qdrant.Client
//
// It is an exact engine: every result is what scoring every point would give,
// in ids, scores and order. Sparse vectors live in inverted lists with top-k
// pruning (sparse_search.go), dense vectors in flat rows with codes of a
// byte a number that rule most rows out (dense_codes.go); filters become bitmaps
// over dictionary-encoded payload columns before any point is scored.
//
// It is not a database. The index is a cache that Footnote rebuilds from
// Postgres: changes are safe on the disk only after Save and Close, a damaged
// snapshot is set aside, and Degraded says why the server started without it.
// Changes are added to a journal (journal.go); a snapshot (snapshot.go) is
// written when that pays, while writers and searches go on.
// It has one shard, no replication and no approximate
// search, and leaves out what Footnote does not call: those methods answer
// codes.Unimplemented, as an older Qdrant would.
//
// # Where the semantics come from
//
// Read in Qdrant's sources (v1.17): IDF is ln((N−df+½)/(df+½)+1) where N counts
// the points that have that sparse vector; RRF gives 1/((rank+1)/weight+k−1)
// with rank from 0 and k = 2; DBSF maps mean±3σ (sample variance) to 0..1 and a
// lone result to ½; a root filter reaches the leaves of its prefetches;
// querying by a point's id leaves that point out; sparse points that share no
// dimension with the query (or score exactly 0) are not results. And in 1.18.3: a
// deleted point counts in df and N until the collection is compacted; the steps of
// an alias change are done one after the other up to the first that is refused, and
// creating an alias replaces it; a condition that says nothing is left out.
//
// One choice is ours: equal scores are ordered by ascending id (numbers before
// UUIDs). Qdrant leaves ties inside a segment to storage order.
//
// # Size and speed
//
// Measured on two busy cores (go test -bench Sparse): ten words over 100,000
// passages take 0.3 ms, sixty 1.2 ms. That is 190 and 60 times faster than
// multiplying every stored vector, and 1.2 times faster than adding up every
// posting of the question: a word of a question is in one passage of eight, and
// the tenth best passage reaches a third (ten words) or a tenth (sixty) of the
// bound, which leaves little to prune.
//
// # Concurrency
//
// Searches share a read lock and never wait for each other. Writers queue on
// their own mutex, prepare outside the lock and hold it for at most
// applyChunk points; compaction builds beside the live state and swaps.
package local
