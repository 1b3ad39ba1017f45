package delivery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/bots"
	"footnote/pipeline"
)

// ShowMode says how a desk shows drafts to agents who do not use Slack.
type ShowMode string

// The modes; empty is ShowNone.
const (
	ShowNone  ShowMode = "none"
	ShowNote  ShowMode = "note"  // a private note
	ShowDraft ShowMode = "draft" // the desk's own draft, and a note when somebody's stands there
)

// Drafts finds a draft as people see it. Filled in cmd by review.
type Drafts interface {
	// Find returns a draft with its state. NotFound when there is none.
	Find(ctx context.Context, draft string) (pipeline.Review, error)
}

// ShowerConfig configures a Shower.
type ShowerConfig struct {
	Desks  []bots.Desk
	Modes  map[string]ShowMode // by desk
	Drafts Drafts
	Pool   *pgxpool.Pool
	// Page is the address of a ticket in the console; nil: the note names none.
	Page func(pipeline.TicketRef) string
	// Settle is how long a desk may take to show what it accepted; 0 means 30 s.
	Settle  time.Duration
	Timeout time.Duration // of one call; 0 means 20 s
	Now     func() time.Time
	Log     *slog.Logger
}

// Shower shows a draft in its desk, for agents only: one note for a question, kept up
// to date where the desk lets notes be changed (note.go); and takes the desk's own
// draft away once it is void. A call without an answer is looked for by its marker: only a note that was
// absent twice, a settle time apart, is written again, and only once. Several
// processes may run it on one database.
type Shower struct {
	c     ShowerConfig
	desks map[string]bots.Desk
	store deskNotes
}

// ShowHandles lists the event types that Shower.Handle wants to see.
var ShowHandles = []pipeline.EventType{pipeline.DraftProposed, pipeline.DraftAbstained, pipeline.DraftDecided, pipeline.TicketUpdated, pipeline.DraftVoided,
	pipeline.ReplyDelivered, pipeline.ReplyReturned}

// NewShower builds a Shower. A mode that a desk does not have is logged, and nothing is
// shown there.
func NewShower(c ShowerConfig) (*Shower, error) {
	if c.Settle == 0 {
		c.Settle = 30 * time.Second
	}
	if c.Timeout == 0 {
		c.Timeout = 20 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	desks, err := bots.ByName(c.Desks)
	if err != nil {
		return nil, err
	}
	c.Modes = maps.Clone(c.Modes)
	for name, mode := range c.Modes {
		if err := Shows(desks[name], mode); err != nil { // one desk's setting stops nothing else
			c.Log.Error("drafts are not shown at this desk", "desk", name, "error", err)
			c.Modes[name] = ShowNone
		}
	}
	return &Shower{c: c, desks: desks, store: deskNotes{c.Pool}}, nil
}

// Shows is Invalid, with what to set instead, for a mode that a desk does not have.
func Shows(d bots.Desk, mode ShowMode) error {
	_, note := d.(bots.Noter)
	_, draft := d.(bots.DraftKeeper)
	can := []string{string(ShowNone)}
	if note {
		can = append(can, string(ShowNote))
	}
	if draft {
		can = append(can, string(ShowDraft))
	}
	if mode == "" || slices.Contains(can, string(mode)) {
		return nil
	}
	name := ""
	if d != nil {
		name = d.Name()
	}
	what := map[ShowMode]string{ShowNote: "it takes no private notes", ShowDraft: "it has no draft of its own that others see"}[mode]
	return pipeline.Errorf(pipeline.Invalid, "%s is %q, but %s: set it to %s", bots.Setting(name, "show"), bots.Plain(string(mode), 20),
		cmp.Or(what, "that is none of its values"), strings.Join(can, " or "))
}

// Any tells whether any desk shows drafts.
func (s *Shower) Any() bool {
	for _, m := range s.c.Modes {
		if m == ShowNote || m == ShowDraft {
			return true
		}
	}
	return false
}

// Handle shows the draft of one event, or takes away what is void after it.
// Review must have taken the event in. Errors are worth a redelivery; Invalid for
// an event that cannot be read.
func (s *Shower) Handle(ctx context.Context, e pipeline.Event) error {
	mode := s.c.Modes[e.Desk]
	if mode != ShowNote && mode != ShowDraft {
		return nil
	}
	if e.Type != pipeline.DraftProposed && e.Type != pipeline.DraftAbstained {
		if mode == ShowDraft && (e.Type == pipeline.DraftDecided || e.Type == pipeline.TicketUpdated) {
			if err := s.clear(ctx, e.Ref()); err != nil {
				return err
			}
		}
		return s.update(ctx, e.Ref())
	}
	p, err := pipeline.Decode[pipeline.Proposed](e)
	if err != nil {
		return err
	}
	if !uuidForm.MatchString(p.Draft) {
		return pipeline.Errorf(pipeline.Invalid, "event %s names no draft", e.ID)
	}
	r, err := s.c.Drafts.Find(ctx, p.Draft)
	if err != nil {
		return fmt.Errorf("find draft: %w", err)
	}
	n, done, err := s.store.take(ctx, p.Draft, e.Ref(), s.c.Now(), 4*s.c.Timeout)
	if errors.Is(err, errNoteHeld) {
		return comeBack(s.c.Timeout, err)
	}
	if err != nil || done {
		return err
	}
	n, again := s.step(ctx, e, r, n)
	if err := s.store.save(context.WithoutCancel(ctx), n, s.c.Now(), true); err != nil {
		return err
	}
	return again
}

// comeBack is when to come back, through the bus.
func comeBack(after time.Duration, err error) error {
	return &pipeline.RetryAfterError{After: after, Err: pipeline.Errorf(pipeline.Unavailable, "show draft in desk: %w", err)}
}

// step takes a note as far as it goes now, and says when to come back.
func (s *Shower) step(ctx context.Context, e pipeline.Event, r pipeline.Review, n deskNote) (deskNote, error) {
	desk, note := s.desks[e.Desk], bots.Note{Ticket: e.Ref(), Marker: bots.MarkerFor(n.draft)}
	note.Text = s.text(r, note.Marker, s.edits(e.Desk))
	if n.state == noteTried && n.remoteID == "" {
		if found, again := s.look(ctx, desk, note, &n); found || again != nil {
			n.hash = hashOf(note.Text) // of the attempt that came to something
			return n, again
		}
	}
	if r.State != pipeline.StateOpen && r.State != pipeline.StateClaimed || r.Stale != "" {
		n.state, n.reason = noteRefused, "the draft is not open any more"
		return n, nil
	}
	n, later := s.inherit(ctx, r, n)
	if later != nil {
		return n, later
	}
	if n.remoteID != "" && (s.c.Modes[e.Desk] == ShowNote || r.Draft.Abstained != "") {
		return s.takeUp(ctx, desk, note, n)
	}
	n.state, n.triedAt, n.absent = noteTried, s.c.Now(), 0
	if err := s.store.save(ctx, n, s.c.Now(), false); err != nil { // before the call: who dies now has tried
		return n, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.c.Timeout)
	defer cancel()
	if s.c.Modes[e.Desk] == ShowDraft && r.Draft.Abstained == "" {
		void, err := s.void(ctx, e.Ref())
		if err != nil {
			n.state = noteWaiting
			return n, comeBack(s.c.Settle, err)
		}
		keep := note
		keep.Text, keep.Before = r.Draft.Text(), void.texts
		err = desk.(bots.DraftKeeper).SetDraft(ctx, keep)
		if err == nil {
			err = s.store.takenAway(ctx, void.drafts)
		}
		switch kind := pipeline.KindOf(err); {
		case err == nil, kind == pipeline.Conflict && n.resends > 0: // what stands there is most likely ours
			n.state = noteShown
			return n, nil
		case kind != pipeline.Conflict && kind != pipeline.Invalid && kind != pipeline.NotFound && kind != pipeline.Denied:
			n.state, n.resends = noteWaiting, 1 // it may stand there: setting it twice changes nothing
			return n, comeBack(s.c.Settle, err)
		}
	}
	noter, ok := desk.(bots.Noter)
	if !ok {
		n.state, n.reason = noteRefused, "the desk takes no notes, and its own draft could not be set, or there is none"
		return n, nil
	}
	if n.remoteID != "" {
		return s.takeUp(ctx, desk, note, n)
	}
	id, err := noter.Note(ctx, note)
	n, again := s.noted(n, id, err)
	if n.state == noteShown {
		n.hash = hashOf(note.Text)
	}
	return n, again
}

// takeUp makes the note that stands for the question already this draft's.
func (s *Shower) takeUp(ctx context.Context, desk bots.Desk, note bots.Note, n deskNote) (deskNote, error) {
	editor, ok := desk.(bots.NoteEditor)
	if !ok { // what it says stays true
		n.state = noteShown
		return n, nil
	}
	n, again := s.edit(ctx, editor, note, n)
	switch {
	case again != nil:
		n.state = noteWaiting
	case n.remoteID == "": // somebody took it away: this draft gets a note of its own
		n.state = noteWaiting
		again = comeBack(time.Second, errors.New("the ticket's note was taken away"))
	default:
		n.state = noteShown
	}
	return n, again
}

// voidDrafts are ours in a desk's own draft that should not stand there any more.
type voidDrafts struct{ drafts, texts []string }

// void finds the drafts of a ticket that are decided or stale and may stand in
// the desk's own draft.
func (s *Shower) void(ctx context.Context, ref pipeline.TicketRef) (v voidDrafts, err error) {
	list, err := s.store.native(ctx, ref)
	if err != nil {
		return v, err
	}
	for _, id := range list {
		r, err := s.c.Drafts.Find(ctx, id)
		if pipeline.KindOf(err) == pipeline.NotFound && err != nil {
			continue
		}
		if err != nil {
			return v, fmt.Errorf("find draft: %w", err)
		}
		if open := r.State == pipeline.StateOpen || r.State == pipeline.StateClaimed; !open || r.Stale != "" {
			v.drafts, v.texts = append(v.drafts, id), append(v.texts, r.Draft.Text())
		}
	}
	return v, nil
}

// clear takes void drafts out of the desk's own draft.
func (s *Shower) clear(ctx context.Context, ref pipeline.TicketRef) error {
	void, err := s.void(ctx, ref)
	if err != nil || len(void.drafts) == 0 {
		return err
	}
	call, cancel := context.WithTimeout(ctx, s.c.Timeout)
	defer cancel()
	err = s.desks[ref.Desk].(bots.DraftKeeper).SetDraft(call, bots.Note{Ticket: ref, Before: void.texts})
	switch pipeline.KindOf(err) {
	case pipeline.Conflict, pipeline.Invalid, pipeline.NotFound, pipeline.Denied: // somebody's, or nothing
	default:
		if err != nil {
			return comeBack(s.c.Settle, err)
		}
	}
	return s.store.takenAway(ctx, void.drafts)
}

// noted records what the call came to.
func (s *Shower) noted(n deskNote, id string, err error) (deskNote, error) {
	wait := s.c.Settle
	if pe, ok := errors.AsType[*bots.PostError](err); ok {
		wait = max(wait, pe.After)
	}
	switch bots.VerdictOf(err) {
	case bots.Accepted:
		n.state, n.remoteID, n.reason = noteShown, id, ""
		return n, nil
	case bots.Refused:
		s.c.Log.Warn("desk refuses the note of a draft", "draft", n.draft, "error", err)
		n.state, n.reason = noteRefused, bots.Plain(err.Error(), 300)
		return n, nil
	case bots.Ambiguous:
	default: // the desk certainly does not have it
		n.state = noteWaiting
	}
	return n, comeBack(wait, err)
}

// look searches the ticket for a note whose answer was lost. Neither found nor
// an error means: write it again.
func (s *Shower) look(ctx context.Context, desk bots.Desk, note bots.Note, n *deskNote) (found bool, again error) {
	if wait := s.c.Settle - s.c.Now().Sub(n.triedAt); wait > 0 {
		return false, comeBack(wait, errors.New("the desk may still take the note"))
	}
	reader, ok := bots.ReaderOf(desk)
	if !ok {
		n.state, n.reason = noteRefused, "it is not known whether the desk has the note, and the desk cannot be read"
		return true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.c.Timeout)
	defer cancel()
	t, err := safeThread(ctx, reader, note.Ticket)
	if pipeline.KindOf(err) == pipeline.NotFound && err != nil {
		n.state, n.reason = noteRefused, "the ticket is gone"
		return true, nil
	}
	if err != nil {
		return false, comeBack(s.c.Settle, err)
	}
	for _, m := range t.Messages {
		if !m.Public && (m.Marker == note.Marker || strings.Contains(m.Text, note.Marker)) {
			n.state, n.remoteID = noteShown, m.ID
			return true, nil
		}
	}
	n.absent++
	switch {
	case n.absent < 2:
		n.triedAt = s.c.Now()
		return false, comeBack(s.c.Settle, errors.New("the desk does not show the note yet"))
	case n.resends == 0:
		n.resends = 1
		return false, nil
	}
	n.state, n.reason = noteRefused, "the desk failed to take the note twice"
	s.c.Log.Warn("note of a draft given up", "draft", n.draft)
	return true, nil
}
