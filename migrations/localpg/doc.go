// Package localpg runs a private PostgreSQL server as a child process: the
// embedded default of a program that otherwise wants DATABASE_URL.
//
// The server listens on a unix socket only, never on TCP, and lives in one
// directory that belongs to this package:
//
//	<Dir>/localpg.lock   flock held by the Server; also marks the directory as ours
//	<Dir>/data/          the PostgreSQL data directory
//	<Dir>/initdb-*/      an initdb in progress, or the rest of one that was killed
//	<Dir>/log/           postgres-Mon.log ... postgres-Sun.log, a week and no more
//	<Dir>/sock/          the socket, unless its path would be too long (then /tmp/footnote-pg-*)
//
// Life of a Server:
//
//	Start ──> lock ──> leftovers settled ──> initdb (first time) ──> starting ──> ready ──> Start returns
//	                                                                    ^            │
//	                                                    backoff         │            │ postmaster dies
//	                                                    100 ms..10 s    └─ crashed <─┘
//	                                                                         │ not back within 2 min, or cannot be
//	  ready or crashed ── Stop ──> stopping ──> stopped (Err nil)            └──> stopped (Err says why)
//
// A full disk is no end: the server waits, however long, and comes back by itself
// when there is room.
//
// A postmaster that outlived its parent (an orphan) is stopped with a fast
// shutdown and a new one is started. It is not adopted: it may run with older
// settings or binaries, and a process that is not our child can be neither
// waited for nor tied to our life. Committed rows are kept either way.
//
// When the parent dies, also by kill -9, PostgreSQL shuts down cleanly: on
// Linux by a parent-death signal, elsewhere by a small shell that waits for the
// end of a pipe.
//
// PostgreSQL refuses to run as root. As root the child runs as the owner of an
// existing data directory, else as "postgres", else as "nobody", and Dir is
// given to that user; every parent of Dir must let it through (o+x). Whoever
// can enter the socket directory (that user and root) is trusted as superuser.
//
// Under systemd use KillMode=mixed, so that PostgreSQL is not told to stop
// while the program still drains its work.
//
// It is not a cluster manager: no replication, no backups, no major upgrades.
package localpg
