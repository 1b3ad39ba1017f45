package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"footnote/bots/sandbox/demo"
	"footnote/pipeline"
	"footnote/pipeline/drafting"
)

// TestDemo drives every sample message through the whole path. What it keeps has the
// report of it, and its audit log holds, also over what the report is made of.
func TestDemo(t *testing.T) {
	t.Parallel()
	kept := demoCmd{Rate: 60, data: filepath.Join(scratchDir(t, "demo"), "kept")}
	sum, err := kept.drive(t.Context(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	if err := sum.Verdict(); err != nil {
		t.Fatal(err)
	}
	if sum.Sent < 50 || sum.Outcomes[pipeline.OutcomeProposed] < 80 || sum.Decisions["edit"] == 0 || sum.Decisions["reject"] == 0 {
		t.Fatalf("the demo proves little: %+v", sum)
	}
	if _, err := kept.drive(t.Context(), t.Output()); pipeline.KindOf(err) != pipeline.Conflict {
		t.Errorf("a second demo in its place: %v", err)
	}
	var out bytes.Buffer
	a, stop := runningIn(t, filepath.Dir(kept.data), "data="+kept.data)
	defer stop()
	if err := (&reportCmd{Days: 2}).run(t.Context(), a, &out); err != nil || !strings.Contains(out.String(), "measured, treatment") || !strings.Contains(out.String(), fmt.Sprintf("edit                            %d ", sum.Decisions["edit"])) {
		t.Errorf("the report of what was kept: %v\n%s", err, &out)
	}
	out.Reset()
	if err := (&auditCmd{}).run(t.Context(), a, &out); err != nil || !strings.Contains(out.String(), "statements in the log hold") {
		t.Errorf("the audit of what was kept: %v\n%s", err, &out)
	}
}

// TestRealInput drives real customers' turns over real help pages, and real
// tickets, through the whole path. It needs the data beside the repository.
func TestRealInput(t *testing.T) {
	if testing.Short() {
		t.Skip("real input takes a minute")
	}
	data, err := filepath.Abs("../../../shared/data")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(data); err != nil {
		t.Skip("no data at ../shared/data beside the repository")
	}
	d2d := filepath.Join(data, "doc2dial")
	for name, tc := range map[string]struct {
		cmd                 demoCmd
		recall, ndcg, reply float64
	}{
		"doc2dial":   {cmd: demoCmd{Knowledge: d2d + "/corpus_docs.jsonl", Tickets: d2d + "/dev/queries.jsonl", Spans: d2d + "/dev/spans.jsonl", Limit: 500, Rate: 40}, recall: .85, ndcg: .74, reply: .23},
		"tb_tickets": {cmd: demoCmd{Knowledge: d2d + "/corpus_docs.jsonl", Tickets: data + "/tb_tickets/dev/tickets.jsonl", Limit: 200, Rate: 40}},
	} {
		t.Run(name, func(t *testing.T) {
			sum, err := tc.cmd.drive(t.Context(), t.Output())
			if err != nil {
				t.Fatal(err)
			}
			if err := sum.Verdict(); err != nil {
				t.Error(err)
			}
			if sum.Tickets != tc.cmd.Limit || sum.Sent == 0 {
				t.Errorf("%d tickets, %d sent", sum.Tickets, sum.Sent)
			}
			if s := sum.Scores; s != nil {
				t.Logf("recall@5 %.3f, nDCG@10 %.3f, first citation correct %.3f, reply F1 %.3f", s.RecallAt5, s.NDCGAt10, s.FirstCitationCorrect, s.ReplyF1)
				if s.RecallAt5 < tc.recall || s.NDCGAt10 < tc.ndcg || s.ReplyF1 < tc.reply {
					t.Errorf("scores %+v are below %v, %v, %v", *s, tc.recall, tc.ndcg, tc.reply)
				}
			}
		})
	}
}

// TestSampleAnswers asks every sample message and compares with what its author
// expects: the documents that may be cited, or an abstention.
func TestSampleAnswers(t *testing.T) {
	t.Parallel()
	a := sampled(t)
	raw, err := fs.ReadFile(sampleFiles, "sample/messages.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var answerable, found, cited, outside, quiet int
	for line := range strings.Lines(string(raw)) {
		var m struct {
			demo.Ticket
			Expect struct {
				Outcome string
				Docs    []string
			}
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		if len(m.History) > 0 {
			continue // the demo asks those with their thread
		}
		ticket := pipeline.Ticket{Subject: m.Subject, Locale: m.Locale, Messages: []pipeline.Message{{ID: m.ID, Role: pipeline.RoleCustomer, Text: m.Text, Public: true}}}
		if drafting.Read(ticket, m.ID).Empty != "" && m.Expect.Outcome == "abstained" { // nothing is asked
			outside++
			quiet++
			continue
		}
		d, err := a.drafter.Answer(t.Context(), m.Subject+"\n"+m.Text, m.Locale, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range d.Citations() {
			if c.Audience != pipeline.Public || strings.Contains(c.Document, "/internal/") {
				t.Errorf("%s cites internal %s", m.ID, c.Document)
			}
			if strings.Contains(c.Document, "2022") {
				t.Errorf("%s cites the outdated page: %q", m.ID, d.Text())
			}
		}
		if m.Expect.Outcome == "abstained" {
			outside++
			if d.Abstained != "" {
				quiet++
			} else {
				t.Logf("%s should abstain: %q", m.ID, d.Text())
			}
			continue
		}
		answerable++
		expected := func(doc string) bool {
			return slices.ContainsFunc(m.Expect.Docs, func(p string) bool { return strings.HasSuffix(doc, "/"+p) })
		}
		if slices.ContainsFunc(d.Nearest, func(h pipeline.Hit) bool { return expected(h.Passage.Document) }) {
			found++
		}
		if c := d.Citations(); len(c) > 0 && expected(c[0].Document) {
			cited++
		}
	}
	t.Logf("%d answerable: expected document found for %d, cited first for %d; %d outside the knowledge: %d abstained", answerable, found, cited, outside, quiet)
	if found < answerable*95/100 || cited < answerable*75/100 || quiet < outside-3 { // three are known to be wrong: the ask alone is judged now, and "Where is the parcel right now?" has pages about parcels
		t.Errorf("found %d and cited %d of %d; abstained from %d of %d", found, cited, answerable, quiet, outside)
	}
}

// TestDirectQuestions: short questions about the sample's knowledge get the
// sentence or the steps that answer them, and not those for something else that
// shares their words.
func TestDirectQuestions(t *testing.T) {
	t.Parallel()
	a := sampled(t)
	raw, err := os.ReadFile("testdata/direct.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	all, right := 0, 0
	for line := range strings.Lines(string(raw)) {
		var q struct{ Ask, Says, Omits, Locale string }
		if err := json.Unmarshal([]byte(line), &q); err != nil {
			t.Fatal(err)
		}
		d, err := a.drafter.Answer(t.Context(), q.Ask, q.Locale, nil)
		if err != nil {
			t.Fatal(err)
		}
		all++
		said := d.Text()
		if strings.Contains(said, q.Says) && (q.Omits == "" || !strings.Contains(said, q.Omits)) {
			right++
		} else {
			t.Logf("%s wants %q without %q: %q %s", q.Ask, q.Says, q.Omits, said, d.Abstained)
		}
	}
	t.Logf("%d of %d answered", right, all)
	if right < all*80/100 {
		t.Errorf("%d of %d direct questions answered", right, all)
	}
}
