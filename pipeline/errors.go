package pipeline

import (
	"errors"
	"fmt"
	"time"
)

// Kind classifies an error once, where it arises. Each edge (bus, web, command
// line) maps kinds through one table; an error without a kind is Internal and
// its text is never shown to users.
type Kind uint8

const (
	Internal    Kind = iota // a defect or an unforeseen condition
	NotFound                // the thing named does not exist
	Invalid                 // the input is wrong; retrying the same input cannot help
	Conflict                // the state moved on; read again, then decide
	Denied                  // the caller may not do this
	Budget                  // a spending or rate limit of ours forbids it
	Unavailable             // a dependency is down or slow; retrying later may help
)

var kindNames = [...]string{"internal", "not found", "invalid", "conflict", "denied", "budget", "unavailable"}

// String returns the kind's plain English name.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "internal"
}

// Error is an error with a kind and a sentence that may be shown to a user.
type Error struct {
	Kind Kind
	// Say is for the person at the edge: what is wrong and what to do. It
	// holds no secrets.
	Say string
	// Err is the cause; may be nil.
	Err error
}

func (e *Error) Error() string { return e.Say }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf builds an Error of a kind. The format works as in fmt.Errorf, and %w
// keeps the cause reachable for errors.Is.
func Errorf(kind Kind, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Say: err.Error(), Err: errors.Unwrap(err)}
}

// KindOf returns the kind nearest to the surface of err, and Internal when
// nothing in the chain was classified.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Say returns the sentence for a person: the classified error's own words, or a
// neutral one that gives nothing away for unclassified errors.
func Say(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && e.Kind != Internal {
		return e.Say
	}
	return "Something went wrong on our side. Nothing was changed; the log has the details."
}

// RetryAfterError asks the bus to redeliver after a delay without counting the
// wait as a failure of the message itself.
type RetryAfterError struct {
	After time.Duration
	Err   error
}

func (e *RetryAfterError) Error() string { return fmt.Sprintf("retry after %s: %v", e.After, e.Err) }

// Unwrap returns the cause.
func (e *RetryAfterError) Unwrap() error { return e.Err }
