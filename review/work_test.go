package review

import (
	"testing"
	"time"

	"footnote/pipeline"
	"footnote/review/work"
)

// now is the ticket's work, which must be what a recount makes of it.
func (w *world) now(t *testing.T) pipeline.Work {
	t.Helper()
	if _, err := w.work.Recount(t.Context(), false, func(x work.Wrong) { t.Errorf("the row is %+v, a recount says %+v", x.Is, x.Want) }); err != nil {
		t.Fatal(err)
	}
	got, err := w.work.Find(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (w *world) stands(t *testing.T, state pipeline.WorkState, why pipeline.WorkWhy, owner string) pipeline.Work {
	t.Helper()
	got := w.now(t)
	if got.State != state || got.Why != why || got.Owner.ID != owner && got.Owner.Name != owner {
		t.Fatalf("work is %s (%s) of %q, want %s (%s) of %q", got.State, got.Why, got.Owner, state, why, owner)
	}
	return got
}

func (w *world) handle(t *testing.T, typ pipeline.EventType, id string, data any) {
	t.Helper()
	e := pipeline.NewEvent(typ, id, ref, time.Now(), data)
	for range 2 { // whatever comes, comes twice
		if err := w.Handle(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

// proposed tells of the world's draft.
func (w *world) proposed(t *testing.T) {
	t.Helper()
	w.handle(t, pipeline.DraftProposed, "p/"+w.draft.ID, pipeline.Proposed{Draft: w.draft.ID, Message: w.draft.Message, Revision: w.draft.Revision, Version: w.draft.Version})
}

// says stores a message as tracking does, and tells of it.
func (w *world) says(t *testing.T, id string, role pipeline.Role, author string) {
	t.Helper()
	w.exec(t, `UPDATE tickets SET revision = revision + 1`)
	w.exec(t, `INSERT INTO messages (desk, ticket, id, role, author_name, text, public, at, revision) VALUES ($1, $2, $3, $4, $5, 'Hello', true, clock_timestamp(), (SELECT revision FROM tickets))`,
		ref.Desk, ref.ID, id, role, author)
	cause := "agent_reply"
	if role == pipeline.RoleCustomer {
		cause = "customer_message"
		w.exec(t, `INSERT INTO outcomes (desk, ticket, message) VALUES ($1, $2, $3)`, ref.Desk, ref.ID, id)
	}
	w.handle(t, pipeline.TicketUpdated, "u/"+id, pipeline.Updated{Message: id, Cause: cause})
}

func (w *world) becomes(t *testing.T, s pipeline.TicketStatus) {
	t.Helper()
	w.exec(t, `UPDATE tickets SET status = $1, status_at = clock_timestamp(), solved_at = CASE WHEN $1 = 'solved' THEN clock_timestamp() END`, s)
	w.handle(t, pipeline.TicketUpdated, "s/"+string(s), pipeline.Updated{Cause: "status", Status: s})
}

func (w *world) delivered(t *testing.T, out pipeline.Decided, typ pipeline.EventType, state pipeline.DeliveryState) {
	t.Helper()
	w.handle(t, typ, string(typ), pipeline.Delivered{Draft: w.draft.ID, Decision: out.ID, State: state, Reason: "no", At: time.Now(), By: ana})
}

// TestWorkFollowsTheDraft: a draft goes from review to the desk, and its ticket with it.
func TestWorkFollowsTheDraft(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.proposed(t)
	w.stands(t, pipeline.WorkToReview, "", "")
	w.must(t, pipeline.Decision{Kind: pipeline.Claim, By: ana})
	w.stands(t, pipeline.WorkClaimed, "", ana.ID)
	w.must(t, pipeline.Decision{Kind: pipeline.Release, By: ana})
	w.stands(t, pipeline.WorkToReview, "", "")
	out := w.must(t, pipeline.Decision{Kind: pipeline.Approve, By: ana, Hash: w.find(t).ApproveHash})
	w.stands(t, pipeline.WorkOnItsWay, "", ana.ID)
	w.delivered(t, out, pipeline.ReplyReturned, pipeline.DeliveryFailed)
	w.stands(t, pipeline.WorkToReview, pipeline.WhyReturned, ana.ID)
	w.delivered(t, out, pipeline.ReplyDelivered, pipeline.DeliverySent)
	w.stands(t, pipeline.WorkDone, pipeline.WhyAnsweredByUs, ana.ID)
	w.says(t, "r", pipeline.RoleAgent, "Ana")
	w.becomes(t, pipeline.StatusPending)
	w.stands(t, pipeline.WorkWaiting, pipeline.WhyAnsweredByUs, ana.ID)
	w.says(t, "m2", pipeline.RoleCustomer, "Cy")
	if got := w.stands(t, pipeline.WorkToWrite, pipeline.WhyDrafting, ""); got.Message != "m2" || got.Draft != "" {
		t.Errorf("work is of %q with draft %q", got.Message, got.Draft)
	}
}

// TestWorkAtTheDeskIsDone: answered or resolved at the desk, the work is done, the
// draft void, and an approval of it refused.
func TestWorkAtTheDeskIsDone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		does  func(t *testing.T, w *world)
		why   pipeline.WorkWhy
		who   string
		claim bool
	}{
		"answered":                    {func(t *testing.T, w *world) { w.says(t, "r", pipeline.RoleAgent, "Dora") }, pipeline.WhyAnsweredAtDesk, "Dora", false},
		"answered what was claimed":   {func(t *testing.T, w *world) { w.says(t, "r", pipeline.RoleAgent, "Dora") }, pipeline.WhyAnsweredAtDesk, "Dora", true},
		"resolved":                    {func(t *testing.T, w *world) { w.becomes(t, pipeline.StatusSolved) }, pipeline.WhyResolvedAtDesk, "", false},
		"resolved what was claimed":   {func(t *testing.T, w *world) { w.becomes(t, pipeline.StatusSolved) }, pipeline.WhyResolvedAtDesk, "", true},
		"resolved, and nobody told":   {func(t *testing.T, w *world) { w.exec(t, `UPDATE tickets SET status = 'solved', solved_at = now()`) }, "", "", false},
		"resolved, and no time known": {func(t *testing.T, w *world) { w.exec(t, `UPDATE tickets SET status = 'solved'`) }, "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.proposed(t)
			if c.claim {
				w.must(t, pipeline.Decision{Kind: pipeline.Claim, By: ana})
			}
			hash := w.find(t).ApproveHash
			c.does(t, w)
			if c.why != "" {
				w.stands(t, pipeline.WorkDone, c.why, c.who)
				if r := w.find(t); r.State != pipeline.StateStale || len(w.published(t, pipeline.DraftVoided)) != 1 {
					t.Fatalf("the draft is %s", r.State)
				}
			}
			if _, err := w.decide(t, pipeline.Decision{Kind: pipeline.Approve, By: ana, Hash: hash}); pipeline.KindOf(err) != pipeline.Conflict {
				t.Fatalf("approved: %v", err)
			}
			if n := len(w.published(t, pipeline.DraftDecided)); n != 0 {
				t.Fatalf("%d replies on their way", n)
			}
			if w.now(t).State != pipeline.WorkDone {
				t.Fatal("the work is not done")
			}
		})
	}
}

// TestResolvedBeforeItWasWritten: what the customer writes to a ticket that was
// resolved is work, though the desk still says solved.
func TestResolvedBeforeItWasWritten(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.becomes(t, pipeline.StatusSolved)
	w.stands(t, pipeline.WorkDone, pipeline.WhyResolvedAtDesk, "")
	w.says(t, "m2", pipeline.RoleCustomer, "Cy")
	w.stands(t, pipeline.WorkToWrite, pipeline.WhyDrafting, "")
}

// TestDraftOfAResolvedTicketIsVoid: a draft that comes after the ticket was
// resolved, or answered, does not wait for anybody.
func TestDraftOfAResolvedTicketIsVoid(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.becomes(t, pipeline.StatusSolved)
	w.proposed(t)
	w.stands(t, pipeline.WorkDone, pipeline.WhyResolvedAtDesk, "")
	if r := w.find(t); r.State != pipeline.StateStale {
		t.Fatalf("the draft is %s", r.State)
	}
}

// TestApprovedReplyIsNotSentOnceResolved: the last look before sending knows too.
func TestApprovedReplyIsNotSentOnceResolved(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.must(t, pipeline.Decision{Kind: pipeline.Approve, By: ana, Hash: w.find(t).ApproveHash})
	e := w.published(t, pipeline.DraftDecided)[0]
	w.becomes(t, pipeline.StatusSolved)
	wantKind(t, w.Fresh(t.Context(), e), pipeline.Conflict, "resolved at the desk")
}

// TestNoToADraftIsNotDone: while the customer waits there is a reply to write, and
// it can be written.
func TestNoToADraftIsNotDone(t *testing.T) {
	t.Parallel()
	for kind, why := range map[pipeline.DecisionKind]pipeline.WorkWhy{pipeline.Reject: pipeline.WhyRejected, pipeline.HandOff: pipeline.WhyHandedOff} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.proposed(t)
			w.must(t, pipeline.Decision{Kind: kind, By: ana, Reason: "The answer is wrong"})
			w.stands(t, pipeline.WorkToWrite, why, "")
			w.must(t, pipeline.Decision{Kind: pipeline.Edit, By: ben, Text: "I looked into it myself."})
			w.stands(t, pipeline.WorkOnItsWay, "", ben.ID)
		})
	}
	w := setup(t)
	w.proposed(t)
	w.must(t, pipeline.Decision{Kind: pipeline.Reject, By: ana, Reason: pipeline.NoReplyNeeded + ": spam"})
	w.stands(t, pipeline.WorkDone, pipeline.WhyNothingToDo, ana.ID)
}

// TestOneNewest: of several messages stored in one transaction, with one time by
// the desk's clock, the one stored last is the newest for everybody.
func TestOneNewest(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.exec(t, `DO $$ BEGIN
		FOR i IN 1..6 LOOP
		    INSERT INTO messages (desk, ticket, id, role, text, public, at, revision) VALUES ('sandbox', '1', 'x' || (10 - i), 'customer', 'More', true, date_trunc('second', now()) + interval '1 hour', 1 + i);
		    INSERT INTO outcomes (desk, ticket, message) VALUES ('sandbox', '1', 'x' || (10 - i));
		END LOOP; END $$`)
	w.handle(t, pipeline.TicketUpdated, "u", pipeline.Updated{Cause: "customer_message"})
	if got := w.now(t); got.Message != "x4" {
		t.Fatalf("the newest is %s, want the last one stored, x4", got.Message)
	}
	v, err := w.Ticket(t.Context(), ref)
	if err != nil || v.Outcomes[len(v.Outcomes)-1].Message != "x4" || v.Work.Message != "x4" {
		t.Fatalf("the ticket's page has %+v, %v", v.Outcomes, err)
	}
}

// TestSnoozeEnds: by its time, by the customer, and by hand.
func TestSnoozeEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, w *world){
		"its time comes": func(t *testing.T, w *world) {
			if n, err := w.work.Wake(t.Context()); err != nil || n != 0 {
				t.Fatalf("%d came back too soon, %v", n, err)
			}
			w.exec(t, `UPDATE snoozes SET until = now()`)
			w.exec(t, `UPDATE work SET due_at = now()`)
			if n, err := w.work.Wake(t.Context()); err != nil || n != 1 {
				t.Fatalf("%d came back, %v", n, err)
			}
		},
		"the customer writes": func(t *testing.T, w *world) { w.says(t, "m2", pipeline.RoleCustomer, "Cy") },
		"by hand": func(t *testing.T, w *world) {
			if err := w.work.Unsnooze(t.Context(), ref, ben, "console"); err != nil {
				t.Fatal(err)
			}
		},
		"answered at the desk": func(t *testing.T, w *world) { w.says(t, "r", pipeline.RoleAgent, "Dora") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.proposed(t)
			w.must(t, pipeline.Decision{Kind: pipeline.Claim, By: ana})
			until := time.Now().Add(3 * time.Hour)
			wantKind(t, w.work.Snooze(t.Context(), ref, ben, until, "console"), pipeline.Conflict, "Ana is on this ticket")
			wantKind(t, w.work.Snooze(t.Context(), ref, ana, time.Now().Add(-time.Hour), "console"), pipeline.Invalid, "from now to a year")
			if err := w.work.Snooze(t.Context(), ref, ana, until, "console"); err != nil {
				t.Fatal(err)
			}
			if got := w.stands(t, pipeline.WorkSnoozed, "", ana.ID); !got.Until.Equal(until.Truncate(time.Microsecond)) {
				t.Fatalf("until %s, want %s", got.Until, until)
			}
			end(t, w)
			if got := w.now(t); got.State == pipeline.WorkSnoozed {
				t.Fatalf("still %+v", got)
			}
			if name == "by hand" {
				w.stands(t, pipeline.WorkClaimed, "", ana.ID) // as it was
			}
			if name == "answered at the desk" {
				wantKind(t, w.work.Snooze(t.Context(), ref, ana, until, "console"), pipeline.Conflict, "nothing to do")
			}
		})
	}
}

// TestRecountFindsAndRepairs: rows that are wrong, or not there, are found by a
// recount and put right by one that repairs; Fill does it for all of them once.
func TestRecountFindsAndRepairs(t *testing.T) {
	t.Parallel()
	w := setup(t)
	wrong := func(repair bool) (n int) {
		t.Helper()
		if _, err := w.work.Recount(t.Context(), repair, func(work.Wrong) { n++ }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := wrong(false); n != 1 {
		t.Fatalf("%d rows are missing, want 1", n)
	}
	for more := true; more; {
		var err error
		if more, err = w.work.Fill(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	w.stands(t, pipeline.WorkToReview, "", "")
	w.exec(t, `UPDATE work SET state = 'done', why = 'nothing_to_do'`)
	if n, again := wrong(true), wrong(true); n != 1 || again != 0 {
		t.Fatalf("%d rows were wrong, %d after the repair", n, again)
	}
	w.exec(t, `DELETE FROM work`)
	if more, err := w.work.Fill(t.Context(), 1); err != nil || more {
		t.Fatalf("it fills in what it had filled in: %v, %v", more, err)
	}
}

// TestReleaseByAManagerEndsTheClaimantsTime: a manager who releases another's claim
// did not work on it; whoever did has their time up to when they were last seen.
func TestReleaseByAManagerEndsTheClaimantsTime(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.must(t, pipeline.Decision{Kind: pipeline.Claim, By: ana})
	w.exec(t, `UPDATE spans SET started_at = now() - interval '5 minutes', last_seen_at = now() - interval '2 minutes'`)
	w.must(t, pipeline.Decision{Kind: pipeline.Release, By: may})
	var open, others int
	var ms int64
	if err := w.pool.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE ended_at IS NULL), count(*) FILTER (WHERE agent <> 'ana'), sum(active_ms) FROM spans`).Scan(&open, &others, &ms); err != nil {
		t.Fatal(err)
	}
	if open != 0 || others != 0 || ms != (3*time.Minute).Milliseconds() {
		t.Fatalf("%d spans open, %d of others, %d ms; want Ana's three minutes and nothing else", open, others, ms)
	}
}

// TestRedraftThatAbstainsIsToWrite: a redraft that finds nothing takes the place of
// a usable draft for everybody: the ticket, its list of drafts and the queue agree.
func TestRedraftThatAbstainsIsToWrite(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.proposed(t)
	w.must(t, pipeline.Decision{Kind: pipeline.Redraft, By: ana, Reason: "mention the steps"})
	w.stands(t, pipeline.WorkToWrite, pipeline.WhyDrafting, "")
	w.draft = w.save(t, 2, "no source answers it")
	w.handle(t, pipeline.DraftAbstained, "a/"+w.draft.ID, pipeline.Proposed{Draft: w.draft.ID, Message: "m1", Revision: 1, Version: 2})
	got := w.stands(t, pipeline.WorkToWrite, pipeline.WhyAbstained, "")
	v, err := w.Ticket(t.Context(), ref)
	if err != nil || v.Work != got || v.Reviews[0].Draft.ID != got.Draft || v.Reviews[0].Draft.Abstained == "" {
		t.Fatalf("the ticket's page has %+v, %v", v.Work, err)
	}
	page, err := w.work.Queue(t.Context(), work.Filter{})
	if err != nil || len(page.Rows) != 1 || !page.Rows[0].Abstained || page.Rows[0].Why != pipeline.WhyAbstained {
		t.Fatalf("the queue has %+v, %v", page.Rows, err)
	}
}

// TestThanksBesideADraft: thanks while a draft waits leave it to be reviewed; when the
// draft was an abstention, the customer still waits. Asked for again, it is written for
// the question.
func TestThanksBesideADraft(t *testing.T) {
	t.Parallel()
	for _, abstained := range []string{"", "no source answers it"} {
		t.Run("abstained "+abstained, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			state, why, typ := pipeline.WorkToReview, pipeline.WorkWhy(""), pipeline.DraftProposed
			if abstained != "" {
				state, why, typ = pipeline.WorkToWrite, pipeline.WhyAbstained, pipeline.DraftAbstained
				w.draft = w.save(t, 2, abstained)
			}
			w.handle(t, typ, "p/"+w.draft.ID, pipeline.Proposed{Draft: w.draft.ID, Message: "m1", Revision: 1, Version: w.draft.Version})
			before := w.stands(t, state, why, "")
			w.exec(t, `INSERT INTO messages (desk, ticket, id, role, text, public, at, revision) VALUES ($1, $2, 'ty', 'customer', 'Thanks!', true, clock_timestamp(), 1)`, ref.Desk, ref.ID)
			w.exec(t, `INSERT INTO outcomes (desk, ticket, message, kind, reason) VALUES ($1, $2, 'ty', 'skipped', $3)`, ref.Desk, ref.ID, pipeline.BesideReason)
			w.handle(t, pipeline.OutcomeRecorded, "o/ty", pipeline.Recorded{Message: "ty", Kind: pipeline.OutcomeSkipped, Reason: pipeline.BesideReason})
			if got := w.stands(t, state, why, ""); got.Message != "m1" || got.Draft != before.Draft {
				t.Fatalf("%+v, before %+v", got, before)
			}
			w.must(t, pipeline.Decision{Kind: pipeline.Redraft, By: ana, Reason: "shorter"})
			var message string
			if err := w.pool.QueryRow(t.Context(), `SELECT event -> 'data' ->> 'message' FROM outbox WHERE event ->> 'type' = 'draft.requested'`).Scan(&message); err != nil || message != "m1" {
				t.Fatalf("asked for %q, %v", message, err)
			}
		})
	}
}
