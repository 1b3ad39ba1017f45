// Package bus carries events over NATS JetStream: file-backed streams, typed
// publish and consume, bounded retries with backoff, dead letters, trace
// context, and an embedded server for the default installation.
//
// It knows nothing of what events mean. Delivery is at least once; the unique
// keys of the database make effects happen once.
//
// # Lanes
//
// Every consumer has one durable per desk, its lane: acknowledgements, delays
// and redeliveries of one desk are out of the others' way, on the server too. The
// other way, one durable for all and a scheduler in the process that sets waiting
// events aside, was not taken: what is set aside stays unacknowledged and counts
// against the one durable, is handed out again before anything new after a
// restart, and each process would have to agree with the others about it. Durables
// cost little: an idle one is a request every five seconds, on a cluster a Raft
// group; a dozen consumers for fifty desks stay well inside what a cluster
// carries. The limit is desks, not tickets; hundreds of desks would want a lane
// for several (a hash in the subject), which changes openLane and nothing else.
//
// In a process the lanes of a consumer share its workers, and each has one of its
// own; see pool. Within a lane events start in the order in which they were
// published, and one that failed or waits is overtaken, as it always was. Slots
// are per process: more processes, more workers.
//
//	published ──► lane of the desk ──► a worker ──► settled (ack, dead)
//	                   ▲                  │
//	                   └── delay ◄────────┘  waits, fails: written down in tries
//
// # Large data
//
// An event's data of more than 256 KiB is stored apart in parts, before the event
// that names it, and put back before anybody sees the event; see large.go.
//
// # Verdicts
//
// One table says what a handler's error does (see verdict):
//
//	nil                               ack
//	RetryAfterError                   waits that long, as often as it takes: no failure
//	Unavailable, or transient         again with backoff, for up to a day of failing
//	Conflict                          ack: the state moved on, which is an answer
//	Invalid, NotFound, Denied         dead letter at once
//	Internal, Budget                  again with backoff, dead letter after MaxFailures
//
// Only failures count, never the server's deliveries, among which are waits,
// restarts and kills. They are kept beside the events (stream FOOTNOTE_TRIES), so
// that a restart does not begin anew. An event whose handler kills the process
// again and again is therefore never given up.
package bus
