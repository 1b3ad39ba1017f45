// Package bus carries events over NATS JetStream: file-backed streams, typed
// publish and consume, bounded retries with backoff, dead letters, trace
// context, and an embedded server for the default installation.
//
// It knows nothing of what events mean. Delivery is at least once; the unique
// keys of the database make effects happen once.
//
// One table says what a handler's error does (see verdict):
//
//	nil                               ack
//	RetryAfterError                   again after that long, as often as it takes
//	Unavailable, or transient         again with backoff, for up to a day
//	Conflict                          ack: the state moved on, which is an answer
//	Invalid, NotFound, Denied         dead letter at once
//	Internal, Budget                  again with backoff, dead letter after MaxDeliver
package bus
