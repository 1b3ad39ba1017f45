package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"footnote/bots/sandbox/demo"
	"footnote/knowledge"
	"footnote/pipeline"
	"footnote/pipeline/llm/llmtest"
)

// TestLearningTakesTheRealPath: customers say it in words that no page has, an
// agent edits each reply and links the page that answers, the replies are
// delivered and teach, the proof of these very approvals switches learning on,
// later searches find the page, and a revert takes it all back.
func TestLearningTakesTheRealPath(t *testing.T) {
	t.Parallel()
	a := sampled(t)
	const site = "https://help.fernhill.example/en/bookings/"
	pages := map[string]string{"zork": site + "waitlists", "flibber": site + "cancellations-no-shows"}
	asked := []string{"Customers want to %s, where is that in bookings?", "How do I %s a class booking?", "Can I %s the bookings of a class?",
		"Our customers %s their bookings, what do I do?", "How do I %s when a customer has a booking?"}
	n, enough := 100, true
	if testing.Short() {
		n, enough = 6, false
	}
	word := func(i int) string { return []string{"zork", "flibber"}[i%2] }
	editAll(t, a, n, func(i int) (subject, text, reply string) {
		return word(i), fmt.Sprintf(asked[i%len(asked)], word(i)), "Hello, this page shows it: " + pages[word(i)]
	})
	said := func(cmd command) string {
		t.Helper()
		var out bytes.Buffer
		if err := cmd.run(t.Context(), a, &out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if out := said(&learningShowCmd{}); !strings.Contains(out, "Learning is off: ") || !strings.Contains(out, "No proof yet") {
		t.Errorf("before the proof: %s", out)
	}
	proof := said(&learningProveCmd{})
	t.Log(proof)
	if enough != strings.Contains(proof, "Learning is on.\nProven: ") || enough == strings.Contains(proof, "Not enough evidence") {
		t.Errorf("the proof says: %s", proof)
	}
	if out := said(&learningShowCmd{}); !strings.Contains(out, "Last proof: ") || !strings.Contains(out, "by command line.") {
		t.Errorf("after the proof: %s", out)
	}
	if enough {
		for w, url := range pages {
			x, err := a.knowledge.Search(t.Context(), pipeline.Query{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: fmt.Sprintf(asked[3], w)}}, Locale: "en",
				Audiences: []pipeline.Audience{pipeline.Public}})
			if err != nil || len(x.Hits) == 0 || x.Hits[0].Passage.URL != url || x.Hits[0].Learned <= 0 {
				t.Errorf("“%s” does not find %s first (%v)", w, url, err)
				for _, h := range x.Hits {
					t.Logf("%.2f, of it learned %.2f: %s", h.Score, h.Learned, h.Passage.URL)
				}
			}
		}
	}
	if out := said(&learningRevertCmd{Agent: "nobody"}); !strings.Contains(out, "No lesson fits") {
		t.Errorf("nobody's lessons: %s", out)
	}
	day, none := 24*time.Hour, time.Duration(0)
	for _, cmd := range []*learningRevertCmd{{All: true, Since: &day}, {All: true, Agent: "ana"}, {Agent: "ana", Since: &none}} {
		if err := cmd.run(t.Context(), a, &bytes.Buffer{}); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("%+v is taken: %v", cmd, err)
		}
	}
	all, err := a.knowledge.CountLessons(t.Context(), knowledge.Taken{})
	if s, err2 := a.knowledge.Learning(t.Context()); err != nil || err2 != nil || all == 0 || all != s.Lessons {
		t.Errorf("%d lessons would go of %d (%v, %v)", all, s.Lessons, err, err2)
	}
	if out := said(&learningRevertCmd{All: true}); !strings.Contains(out, "Lessons taken back: ") {
		t.Errorf("revert: %s", out)
	}
	if err := (&learningRevertCmd{}).run(t.Context(), a, &bytes.Buffer{}); err == nil {
		t.Error("a revert of nothing in particular is taken")
	}
	if s, err := a.knowledge.Learning(t.Context()); err != nil || s.Lessons != 0 {
		t.Errorf("%d lessons stand after all were taken back (%v)", s.Lessons, err)
	}
	if out := said(&learningProveCmd{}); !strings.Contains(out, "Learning is off.") || strings.Contains(out, "QUESTIONS") {
		t.Errorf("a proof of nothing: %s", out)
	}
}

// editAll lets n customers write, agents send their own reply in place of each
// draft, and waits for what that teaches.
func editAll(t *testing.T, a *app, n int, each func(i int) (subject, text, reply string)) {
	t.Helper()
	var tickets []pipeline.TicketRef
	for i := range n {
		in := demo.Ticket{ID: fmt.Sprint("learn-", i)}
		in.Subject, in.Text, _ = each(i)
		in.Customer.Name, in.Customer.Email = fmt.Sprint("Customer ", i), fmt.Sprintf("c%d@example.com", i)
		id, err := openAtSandbox(t.Context(), a, in)
		if err != nil {
			t.Fatal(err)
		}
		tickets = append(tickets, pipeline.TicketRef{Desk: "sandbox", ID: id})
	}
	agents := []string{"ana", "ben", "cleo"}
	for i, ref := range tickets {
		draft := ""
		waitFor(t, "the draft of "+ref.String(), func() bool {
			v, err := a.review.Ticket(t.Context(), ref)
			if err != nil || len(v.Reviews) == 0 {
				return false
			}
			draft = v.Reviews[0].Draft.ID
			return true
		})
		by := pipeline.Agent{ID: agents[i%3], Name: agents[i%3]}
		_, _, reply := each(i)
		if _, err := a.review.Decide(t.Context(), pipeline.Decision{Draft: draft, Kind: pipeline.Edit, By: by, Surface: "console", Text: reply}); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, "lessons of the delivered replies", func() bool {
		s, err := a.knowledge.Learning(t.Context())
		return err == nil && s.Lessons == n
	})
}

// TestLessonsAreReadByALaterModel: the tickets of old lessons are read again by the
// embedding model that is configured now, before the proof; while the endpoint is
// down nothing is proven.
func TestLessonsAreReadByALaterModel(t *testing.T) {
	t.Parallel()
	dir := scratchDir(t, "test")
	sets := []string{"knowledge=sample", "sync_every=0s"}
	before, stop := runningIn(t, dir, sets...)
	if err := before.syncKnowledge(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	const n = 3
	editAll(t, before, n, func(i int) (string, string, string) {
		return "Waitlist", fmt.Sprintf("How do I set up a waitlist for class %d?", i), "Hello, this page shows it: https://help.fernhill.example/en/bookings/waitlists"
	})
	stop()

	model := llmtest.New()
	t.Cleanup(model.Close)
	a, _ := runningIn(t, dir, append(sets, "embedding_model=hashing", "embedding_size=64", "embedding_base_url="+model.URL)...)
	waitFor(t, "the index with vectors", func() bool {
		x, err := a.knowledge.Search(t.Context(), pipeline.Query{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: "waitlist"}}, Locale: "en", Audiences: []pipeline.Audience{pipeline.Public}})
		return err == nil && x.Reduced == ""
	})
	read := func() (lessons int) {
		t.Helper()
		if err := a.p.pool.QueryRow(t.Context(), `SELECT count(*) FROM lessons WHERE model = 'hashing' AND length(meaning) = 64`).Scan(&lessons); err != nil {
			t.Fatal(err)
		}
		return lessons
	}
	model.Script(llmtest.BadKey, llmtest.BadKey, llmtest.BadKey) // all lessons, one of them, any text
	model.Default = llmtest.BadKey                               // and whatever is asked besides
	var out bytes.Buffer
	if err := (&learningProveCmd{}).run(t.Context(), a, &out); pipeline.KindOf(err) != pipeline.Unavailable || read() != 0 {
		t.Errorf("the endpoint is down: %v, %d lessons read, %s", err, read(), &out)
	}
	model.Default = llmtest.Good
	out.Reset()
	if err := (&learningProveCmd{}).run(t.Context(), a, &out); err != nil || read() != n {
		t.Errorf("%v, %d lessons read", err, read())
	}
	if s := out.String(); !strings.Contains(s, "Not enough evidence") || strings.Contains(s, "hashing") {
		t.Errorf("the proof says: %s", s)
	}
}
