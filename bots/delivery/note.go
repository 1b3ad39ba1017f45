package delivery

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"footnote/bots"
	"footnote/pipeline"
)

// One note of ours stands for a question: a newer draft takes over the note of the one
// before, and what becomes of the draft is written into it, where the desk lets notes
// be changed (bots.NoteEditor). Where it does not, the note says what stays true.

// inherit gives the draft's row the note that stands for the same question already.
// later asks to come back.
func (s *Shower) inherit(ctx context.Context, r pipeline.Review, n deskNote) (_ deskNote, later error) {
	if n.remoteID != "" || n.state != noteWaiting {
		return n, nil
	}
	older, err := s.store.unsettled(ctx, r.Draft.Ticket, n.draft)
	if err != nil {
		return n, err
	}
	for _, id := range older {
		if err := s.settleOld(ctx, r.Draft.Ticket, id); err != nil {
			return n, err
		}
	}
	was, err := s.store.standing(ctx, r.Draft.Ticket, n.draft)
	if pipeline.KindOf(err) == pipeline.NotFound && err != nil {
		return n, nil
	}
	if err != nil {
		return n, err
	}
	before, err := s.c.Drafts.Find(ctx, was.draft)
	if pipeline.KindOf(err) == pipeline.NotFound && err != nil {
		return n, nil
	}
	if err != nil {
		return n, fmt.Errorf("find draft: %w", err)
	}
	if before.State == pipeline.StateSent || answered(r.Ticket, before.Draft.Message, r.Draft.Message) {
		return n, nil // that note is about a question that was answered
	}
	if err := s.store.takeOver(ctx, was, n, s.c.Now()); err != nil {
		if pipeline.KindOf(err) == pipeline.Conflict {
			return n, comeBack(s.c.Settle, err)
		}
		return n, err
	}
	n.remoteID, n.hash = was.remoteID, was.hash
	return n, nil
}

// settleOld finds out whether the desk has the note of an older draft.
func (s *Shower) settleOld(ctx context.Context, ref pipeline.TicketRef, draft string) error {
	n, done, err := s.store.take(ctx, draft, ref, s.c.Now(), 4*s.c.Timeout)
	if errors.Is(err, errNoteHeld) {
		return comeBack(s.c.Timeout, err)
	}
	if err != nil || done {
		return err
	}
	r, err := s.c.Drafts.Find(ctx, draft)
	if pipeline.KindOf(err) == pipeline.NotFound && err != nil {
		n.state, n.reason = noteRefused, "the draft is gone"
		return s.store.save(context.WithoutCancel(ctx), n, s.c.Now(), true)
	}
	if err != nil {
		return fmt.Errorf("find draft: %w", err)
	}
	note := bots.Note{Ticket: ref, Marker: bots.MarkerFor(draft)}
	var again error
	if n.state == noteTried {
		_, again = s.look(ctx, s.desks[ref.Desk], note, &n)
	}
	if again == nil && n.state != noteShown {
		n.state, n.reason = noteRefused, "a newer draft came first"
	}
	if n.state == noteShown {
		n.hash = hashOf(s.text(r, note.Marker, s.edits(ref.Desk)))
	}
	if err := s.store.save(context.WithoutCancel(ctx), n, s.c.Now(), true); err != nil {
		return err
	}
	return again
}

// answered tells whether an agent replied between two messages of the customer, or one
// of them is not there any more: they are then not one question.
func answered(t pipeline.Ticket, first, second string) bool {
	if first == second {
		return false
	}
	at := func(id string) int {
		return slices.IndexFunc(t.Messages, func(m pipeline.Message) bool { return m.ID == id })
	}
	i, j := at(first), at(second)
	if i < 0 || j < 0 || i > j {
		return true
	}
	return slices.ContainsFunc(t.Messages[i:j], func(m pipeline.Message) bool { return m.Role == pipeline.RoleAgent && m.Public })
}

// edits tells whether a desk's notes can be changed.
func (s *Shower) edits(desk string) bool {
	_, ok := s.desks[desk].(bots.NoteEditor)
	return ok
}

// update brings the note of a ticket up to what became of its draft.
func (s *Shower) update(ctx context.Context, ref pipeline.TicketRef) error {
	editor, ok := s.desks[ref.Desk].(bots.NoteEditor)
	if !ok {
		return nil
	}
	n, err := s.store.standing(ctx, ref, "")
	if pipeline.KindOf(err) == pipeline.NotFound && err != nil {
		return nil
	}
	if err != nil {
		return err
	}
	r, err := s.c.Drafts.Find(ctx, n.draft)
	if pipeline.KindOf(err) == pipeline.NotFound && err != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find draft: %w", err)
	}
	note := bots.Note{Ticket: ref, Marker: bots.MarkerFor(n.draft)}
	note.Text = s.text(r, note.Marker, true)
	if hashOf(note.Text) == n.hash || r.State == pipeline.StateSuperseded { // the next version takes the note over
		return nil
	}
	if n, err = s.store.hold(ctx, n, s.c.Now(), 2*s.c.Timeout); errors.Is(err, errNoteHeld) {
		return comeBack(s.c.Timeout, err)
	} else if err != nil {
		return err
	}
	n, again := s.edit(ctx, editor, note, n)
	if err := s.store.changed(context.WithoutCancel(ctx), n, s.c.Now()); err != nil {
		return err
	}
	return again
}

// edit makes the one call that changes a note. again asks to come back: the call is
// harmless twice.
func (s *Shower) edit(ctx context.Context, editor bots.NoteEditor, note bots.Note, n deskNote) (_ deskNote, again error) {
	call, cancel := context.WithTimeout(ctx, s.c.Timeout)
	defer cancel()
	id, err := editor.EditNote(call, n.remoteID, note)
	switch pipeline.KindOf(err) {
	case pipeline.NotFound:
		if err != nil {
			n.remoteID, n.reason = "", "somebody took the note away"
			return n, nil
		}
	case pipeline.Denied, pipeline.Invalid:
		s.c.Log.Warn("desk refuses to change the note of a draft", "draft", n.draft, "error", err)
		n.reason, n.hash = bots.Plain(pipeline.Say(err), 300), hashOf(note.Text) // it will not take the same again
		return n, nil
	}
	if err != nil {
		return n, comeBack(s.c.Settle, err)
	}
	n.remoteID, n.hash, n.reason = id, hashOf(note.Text), ""
	return n, nil
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// text is what agents read. The marker in it finds the note again where a desk has no
// field for it, and keeps it from equalling the reply. changes: the note will be kept
// up to date; one that cannot be says only what stays true.
func (s *Shower) text(r pipeline.Review, marker string, changes bool) string {
	var b strings.Builder
	open := r.State == pipeline.StateOpen || r.State == pipeline.StateClaimed || r.State == pipeline.StateApproved || r.State == pipeline.StateSuperseded
	switch {
	case !changes:
		fmt.Fprintf(&b, "As of %s (version %d): ", r.Draft.CreatedAt.UTC().Format("2 January 2006 15:04 UTC"), r.Draft.Version)
		s.proposal(&b, r)
	case r.State == pipeline.StateSent:
		fmt.Fprintf(&b, "The reply stands in the ticket: approved by %s, version %d.\n", who(r.DecidedBy), r.Draft.Version)
	case r.State == pipeline.StateReturned:
		fmt.Fprintf(&b, "The reply that %s approved came back: %s\n", who(r.DecidedBy), bots.Plain(r.Reason, 300))
	case r.State == pipeline.StateRejected, r.State == pipeline.StateHandedOff:
		word := map[pipeline.DraftState]string{pipeline.StateRejected: "rejected", pipeline.StateHandedOff: "handed off"}[r.State]
		fmt.Fprintf(&b, "Footnote's draft (version %d) was %s by %s", r.Draft.Version, word, who(r.DecidedBy))
		if r.Reason != "" {
			b.WriteString(": " + bots.Plain(r.Reason, 300))
		}
		b.WriteString("\n")
	case !open || r.Stale != "":
		fmt.Fprintf(&b, "Footnote's draft (version %d) was withdrawn. %s\n", r.Draft.Version, bots.Plain(cmp.Or(r.Stale, r.Reason), 300))
	default:
		s.proposal(&b, r)
	}
	if s.c.Page != nil {
		say := "Decide here"
		if !changes {
			say = "What became of it, and newer versions"
		}
		fmt.Fprintf(&b, "\n%s: %s\n", say, s.c.Page(r.Draft.Ticket))
	}
	return b.String() + "\nref: " + marker
}

// proposal is the draft itself.
func (s *Shower) proposal(b *strings.Builder, r pipeline.Review) {
	if r.Draft.Abstained != "" {
		fmt.Fprintf(b, "Footnote proposes no reply: %s\n", r.Draft.Abstained)
	} else {
		fmt.Fprintf(b, "Footnote proposes this reply (version %d).\n\n%s\n", r.Draft.Version, r.Draft.Text())
		for i, c := range r.Draft.Citations() {
			if i == 0 {
				b.WriteString("\nSources:\n")
			}
			fmt.Fprintf(b, "[%d] %s\n", c.Number, bots.Plain(strings.TrimSuffix(c.Title+", "+c.Section, ", "), 200))
		}
	}
	for _, f := range r.Draft.Findings {
		fmt.Fprintf(b, "\nPlease look: %s", bots.Plain(f.Detail, 300))
	}
	if len(r.Draft.Findings) > 0 {
		b.WriteString("\n")
	}
}

func who(a pipeline.Agent) string {
	return cmp.Or(bots.Plain(a.Name, 60), bots.Plain(a.Email, 100), "an agent")
}
