package bots

import (
	"context"

	"footnote/pipeline"
)

// Note is a text for agents only, on its way to a desk.
type Note struct {
	Ticket pipeline.TicketRef
	Text   string
	Marker string // to be carried by the note, where the desk has a place for it
	// Before are our earlier texts in the desk's own draft, void by now. Only
	// for SetDraft.
	Before []string
}

// Noter is a desk that takes private notes.
type Noter interface {
	// Note adds one private note and returns its identifier at the desk. The
	// contract is Desk.Post's: one attempt, failures as *PostError. A customer
	// never sees it: an adapter that cannot be sure refuses.
	Note(ctx context.Context, n Note) (remoteID string, err error)
}

// DraftKeeper is a desk with a draft of its own beside the reply box.
type DraftKeeper interface {
	// SetDraft writes the text there when nothing stands there yet, or one of
	// ours that is void and that nobody changed; without a text it only takes
	// that away. Conflict when somebody's draft stands there: it is never
	// touched. Other kinds as Reader's.
	SetDraft(ctx context.Context, n Note) error
}

// Tagger is a desk whose tickets can be tagged.
type Tagger interface {
	// Tag adds tags; those the ticket has already stay, and the same call twice
	// changes nothing. Kinds as Reader's.
	Tag(ctx context.Context, ref pipeline.TicketRef, tags ...string) error
}

// Mover is a desk whose tickets can be moved from status to status.
type Mover interface {
	// SetStatus moves the ticket to a status; the same call twice changes
	// nothing. Kinds as Reader's, and Invalid for a move the desk forbids.
	SetStatus(ctx context.Context, ref pipeline.TicketRef, s pipeline.TicketStatus) error
}

// Watcher is a desk that listens by itself, for platforms without webhooks
// (IMAP IDLE, a chat's socket). It may be a Desk whose Can().Inbound is false.
type Watcher interface {
	// Watch publishes what happens until ctx ends, and then returns nil. It
	// publishes each event before it tells the platform that it was taken, and
	// connects again by itself; an error it returns is for good.
	Watch(ctx context.Context, publish func(context.Context, pipeline.Event) error) error
}
