package bottest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"footnote/bots"
	"footnote/bots/filing"
	"footnote/pipeline"
)

// file handles an event of a ticket, twice, as a bus may.
func (r *run) file(rule filing.Rule, typ pipeline.EventType, ref pipeline.TicketRef, data any) {
	f, err := filing.New(filing.Config{Desks: []bots.Desk{r.Desk}, Rules: map[string]filing.Rule{r.Desk.Name(): rule}, Now: r.Now})
	if err != nil {
		r.Fatalf("filer: %v", err)
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	for range 2 {
		if err := f.Handle(ctx, pipeline.NewEvent(typ, "filed/"+uuid(), ref, r.Now(), data)); err != nil {
			r.Errorf("file %s: %v", typ, err)
		}
	}
}

// caseTags: what became of a message, the decision and the end of the reply stand at the
// ticket as the settings name them, beside the tags that were there, and are told to
// nobody as news.
func caseTags(r *run) {
	if _, ok := r.Desk.(bots.Tagger); !ok || r.Tags == nil {
		r.skip("the desk takes no tags")
	}
	rule, err := filing.ParseRule("proposed=fn_proposed, edited=fn_edited, sent=fn_sent, sent=fn_all", "")
	if err != nil {
		r.Fatalf("rule: %v", err)
	}
	ref, m := r.begin(Said{Text: question})
	r.file(rule, pipeline.OutcomeRecorded, ref, pipeline.Recorded{Message: m, Kind: pipeline.OutcomeProposed})
	r.file(rule, pipeline.OutcomeRecorded, ref, pipeline.Recorded{Message: m, Kind: pipeline.OutcomeSkipped})
	r.file(rule, pipeline.DraftDecided, ref, pipeline.DecidedData{Kind: pipeline.Edit})
	r.file(rule, pipeline.ReplyDelivered, ref, pipeline.Delivered{At: r.Now()})
	var got []string
	for _, t := range r.Tags(ref) {
		got = append(got, strings.ReplaceAll(strings.ToLower(t), "-", "_"))
	}
	slices.Sort(got)
	if want := []string{"fn_all", "fn_edited", "fn_proposed", "fn_sent"}; !slices.Equal(got, want) {
		r.Errorf("the ticket has the tags %q, want %q", got, want)
	}
	r.j.news()
	r.wantDrafts(ref, m)
}

// caseAfterSend: after a reply the ticket has the status that the settings want, once;
// not when the customer wrote since, nor when somebody solved it.
func caseAfterSend(r *run) {
	mover, ok := r.Desk.(bots.Mover)
	if !ok {
		r.skip("tickets have no status that can be set")
	}
	rd := r.reader()
	status := func(ref pipeline.TicketRef) pipeline.TicketStatus {
		t, err := rd.Thread(r.t.Context(), ref)
		if err != nil {
			r.Fatalf("read: %v", err)
		}
		return t.Status
	}
	for i, to := range []pipeline.TicketStatus{pipeline.StatusPending, pipeline.StatusSolved} {
		if u, limited := mover.(filing.Unmoved); limited && u.CannotMove(to) != "" {
			continue
		}
		rule := filing.Rule{AfterSend: to}
		for _, later := range []bool{false, true} {
			ref, m := r.begin(Said{Text: fmt.Sprint(question, i, later)})
			r.Advance(2 * time.Second)
			d := r.j.send(r.j.approve(ref, m, "Open settings."))
			if d.State != pipeline.DeliverySent {
				r.Fatalf("the reply is %s: %s", d.State, d.Reason)
			}
			r.Advance(2 * time.Second)
			want := to
			if later {
				r.Write(ref, Said{Role: pipeline.RoleCustomer, Text: "And how do I undo that?"})
				want = status(ref)
			}
			r.file(rule, pipeline.ReplyDelivered, ref, d)
			if got := status(ref); got != want {
				r.Errorf("after a reply, the customer wrote since %t: the ticket is %s, want %s", later, got, want)
			}
		}
	}
}
