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

// NoteEditor is a Noter whose notes can be changed.
type NoteEditor interface {
	// EditNote puts a text in the place of what a note of ours says, and returns the
	// note's identifier, which is another one where the desk only takes notes away. The
	// same call twice, also after a failure, leaves one note. NotFound when somebody
	// has taken the note away; other kinds as Reader's, and Invalid for a change that
	// the desk does not allow.
	EditNote(ctx context.Context, remoteID string, n Note) (id string, err error)
}

// NoteAt is a private note as it stands in a ticket.
type NoteAt struct {
	ID, Text string
	Gone     bool // somebody, or we, took it away
}

// ReplaceNote is EditNote at a desk whose notes can be taken away and not changed: the
// new one is written first, so that whatever breaks off leaves one to be found again.
// there are the ticket's private notes as they were just read.
func ReplaceNote(ctx context.Context, there []NoteAt, remoteID string, n Note, write func(context.Context, Note) (string, error), remove func(context.Context) error) (string, error) {
	id, old := "", false
	for _, at := range there {
		if !at.Gone && at.ID != remoteID && SameText(at.Text, n.Text) {
			id = at.ID // an answer was lost
		}
		if at.ID == remoteID && !at.Gone {
			if SameText(at.Text, n.Text) {
				return remoteID, nil
			}
			old = true
		}
	}
	if id == "" {
		if !old {
			return "", pipeline.Errorf(pipeline.NotFound, "the note is not there any more")
		}
		var err error
		if id, err = write(ctx, n); err != nil {
			return "", AsRead(err)
		}
	}
	if old {
		if err := remove(ctx); err != nil && pipeline.KindOf(err) != pipeline.NotFound {
			return "", err
		}
	}
	return id, nil
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

// Listener is a desk whose news come over a connection of somebody else.
type Listener interface {
	// Listens says over which, in a few words; empty: over none, but its route.
	Listens() string
}

// Watcher is a desk that listens by itself, for platforms without webhooks
// (IMAP IDLE, a chat's socket). It may be a Desk whose Can().Inbound is false.
type Watcher interface {
	// Watch publishes what happens until ctx ends, and then returns nil. It
	// publishes each event before it tells the platform that it was taken, and
	// connects again by itself; an error it returns is for good.
	Watch(ctx context.Context, publish func(context.Context, pipeline.Event) error) error
}
