package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite golden files")

var at = time.Date(2026, 11, 2, 9, 30, 0, 123456789, time.UTC)

// sample is one event of every type with every field that its payload has. The
// golden files are the contract: a change here is a change for every consumer.
func sample() []Event {
	ref := TicketRef{Desk: "sandbox", ID: "T-1"}
	ana := Agent{ID: "ana", Name: "Ana", Email: "ana@fernhill.example", Role: "agent"}
	m := Message{ID: "m1", Role: RoleCustomer, Author: Person{ID: "c1", Name: "Cy", Email: "cy@example.com"}, Text: "How do I cancel?", Public: true, At: at, Attachments: []string{"a.png"}}
	ticket := Ticket{TicketRef: ref, Subject: "Cancel", Status: StatusOpen, Locale: "en", Product: "billing", Queue: "tier1",
		URL: "https://desk.example/T-1", Requester: m.Author, Messages: []Message{m}, Revision: 1, Arm: ArmTreatment, CreatedAt: at}
	reply := Reply{Ticket: ref, Text: "Press Cancel.", Recipient: m.Author, Citations: []Citation{{Passage: "p1", Version: 2}}}
	received := NewEvent(TicketReceived, "received/sandbox/T-1/m1", ref, at, Received{Kind: "message", Ticket: ticket, Message: &m})
	f := func(typ EventType, id string, data any) Event { return received.Follow(typ, id, at, data) }
	return []Event{
		received,
		f(TicketUpdated, "updated", Updated{Revision: 1, Message: "m1", Cause: "customer_message", Status: StatusOpen, Author: m.Author}),
		f(OutcomeRecorded, "outcome", Recorded{Message: "m1", Kind: OutcomeProposed, Reason: "r", Draft: "d1"}),
		f(DraftRequested, "requested", Requested{Ticket: ticket, Message: "m1", Version: 2, Hint: "shorter", By: "ana"}),
		f(DraftProposed, "proposed", Proposed{Draft: "d1", Message: "m1", Revision: 1, Version: 1}),
		f(DraftAbstained, "abstained", Proposed{Draft: "d1", Message: "m1", Revision: 1, Version: 1, Reason: "no source"}),
		f(DraftSkipped, "skipped", Proposed{Message: "m1", Revision: 1, Version: 1, Reason: "superseded"}),
		f(DraftClaimed, "claimed", DecidedData{Decision: "x1", Draft: "d1", Kind: Claim, State: StateClaimed, By: ana, Surface: "slack", Revision: 1, Message: "m1"}),
		f(DraftDecided, "decided", DecidedData{Decision: "x2", Draft: "d1", Kind: Approve, State: StateApproved, By: ana, Surface: "console", Revision: 1, Message: "m1", Reply: &reply, Hash: reply.Hash()}),
		f(DraftVoided, "voided", DecidedData{Draft: "d1", State: StateStale, Reason: "The customer wrote again.", Revision: 1, Message: "m1"}),
		f(ReplyDelivered, "delivered", Delivered{Delivery: "v1", Decision: "x2", Draft: "d1", State: DeliverySent, RemoteID: "r9", Hash: reply.Hash(), By: ana, At: at}),
		f(ReplyReturned, "returned", Delivered{Delivery: "v1", Decision: "x2", Draft: "d1", State: DeliveryFailed, Reason: "The ticket is closed.", Hash: reply.Hash(), By: ana, At: at}),
		f(KnowledgeChanged, "knowledge", Changed{Source: "help", Documents: []string{"help/a"}}),
	}
}

func TestEventContract(t *testing.T) {
	for _, e := range sample() {
		path := filepath.Join("testdata", fmt.Sprintf("%s.v%d.json", e.Type, e.Version))
		got, err := json.MarshalIndent(e, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, '\n')
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s changed; if that is meant, raise EventVersion and run go test ./pipeline -update\n%s", e.Type, got)
		}
		var back Event
		if err := json.Unmarshal(want, &back); err != nil {
			t.Fatalf("read %s: %v", path, err)
		}
		again, err := json.MarshalIndent(back, "", "  ")
		if err != nil || !bytes.Equal(append(again, '\n'), want) {
			t.Errorf("%s does not survive being read and written: %v", e.Type, err)
		}
	}
}

func TestEveryTypeHasAGoldenFile(t *testing.T) {
	src, err := os.ReadFile("event.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := bytes.Count(src, []byte(" EventType = \""))
	if got := len(sample()); got != declared {
		t.Fatalf("%d sample events for %d event types", got, declared)
	}
}

func TestSubjectIsSafeForAnyTicketName(t *testing.T) {
	seen := map[string]string{}
	for _, id := range []string{"T-1", "a.b", "a b", "*", ">", "", "_x", "日本", strings.Repeat("x", 500), "a\x00b", "a\nb"} {
		s := NewEvent(TicketReceived, "x", TicketRef{Desk: "zendesk.eu", ID: id}, at, nil).Subject()
		if parts := strings.Split(s, "."); len(parts) != 5 || strings.ContainsAny(s, " *>\x00\n") || len(s) > 300 {
			t.Errorf("subject of %q is %q", id, s)
		}
		if other, ok := seen[s]; ok {
			t.Errorf("%q and %q share subject %s", id, other, s)
		}
		seen[s] = id
	}
}

func TestReplyHashBindsEverything(t *testing.T) {
	base := Reply{Ticket: TicketRef{"d", "1"}, Text: "a", Recipient: Person{Email: "x@example.com"}, Citations: []Citation{{"p", 1}}}
	seen := map[string]bool{base.Hash(): true}
	for _, change := range []func(*Reply){
		func(r *Reply) { r.Text = "a " }, func(r *Reply) { r.Ticket.ID = "2" }, func(r *Reply) { r.Ticket.Desk = "e" },
		func(r *Reply) { r.Recipient.Email = "y@example.com" }, func(r *Reply) { r.Recipient.Name = "Y" }, func(r *Reply) { r.Citations[0].Version = 2 },
		func(r *Reply) { r.Citations = nil }, func(r *Reply) { r.Citations = append(r.Citations, Citation{"q", 1}) },
	} {
		r := base
		r.Citations = append([]Citation{}, base.Citations...)
		change(&r)
		if h := r.Hash(); seen[h] {
			t.Errorf("%+v has the hash of another reply", r)
		} else {
			seen[h] = true
		}
	}
	none := base
	none.Citations = nil
	empty := base
	empty.Citations = []Citation{}
	if none.Hash() != empty.Hash() {
		t.Error("no citations and an empty list differ: a round trip through JSON would void the approval")
	}
}

func TestErrorsKeepKindAndCause(t *testing.T) {
	cause := errors.New("disk on fire")
	err := fmt.Errorf("outer: %w", Errorf(Unavailable, "The store does not answer: %w", cause))
	if KindOf(err) != Unavailable || !errors.Is(err, cause) {
		t.Fatalf("kind %v of %v", KindOf(err), err)
	}
	if KindOf(cause) != Internal || strings.Contains(Say(cause), "fire") {
		t.Fatal("an unclassified error must not be shown")
	}
}

func TestDraftText(t *testing.T) {
	d := Draft{Sentences: []Sentence{{Text: "Hi Cy,", Plain: true}, {Text: "Do this:", Break: true}, {Text: "1. One", Line: true},
		{Text: "More.", Break: true, Receipts: []Receipt{{Number: 2, Passage: "b"}, {Number: 1, Passage: "a"}}}, {Text: "End.", Receipts: []Receipt{{Number: 2, Passage: "b"}}}}}
	if got := d.Text(); got != "Hi Cy,\n\nDo this:\n1. One\n\nMore. End." {
		t.Fatalf("%q", got)
	}
	if c := d.Citations(); len(c) != 2 || c[0].Passage != "b" || c[1].Passage != "a" {
		t.Fatalf("%+v", c)
	}
}

// TestWorldTitle: a chat without a subject is named by the customer's first words.
func TestWorldTitle(t *testing.T) {
	long := strings.Repeat("word ", 60)
	for _, c := range []struct{ subject, bot, first, want string }{
		{"Invoice", "", "Hi, where is it?", "Invoice"}, {"", "", "Hi, where is my invoice?", "Hi, where is my invoice?"}, {"  ", "", "a\n\n b", "a b"}, {"", "How can I help?", "My reader is broken", "My reader is broken"},
		{"", "", "", ""}, {"", "", long, strings.TrimSpace(strings.Repeat("word ", 16)) + "…"}, {"", "", strings.Repeat("語", 100), strings.Repeat("語", 80) + "…"},
	} {
		tk := Ticket{Subject: c.subject, Messages: []Message{{Role: RoleBot, Public: true, Text: c.bot}, {Role: RoleCustomer, Text: "a note"}, {Role: RoleCustomer, Public: true, Text: c.first}}}
		if got := tk.Title(); got != c.want {
			t.Errorf("%q %.40q is called %q, want %q", c.subject, c.first, got, c.want)
		}
	}
	for name, want := range map[string]string{"shot.PNG": "image", "a.tar.gz": "archive", "bill.pdf": "document", "x.csv": "table", "voice.ogg": "sound", "README": "", "clip.mov": "video", "server.log": "log or data", "mail.eml": "mail", ".png": "image"} {
		if got := FileKind(name); got != want {
			t.Errorf("%s is a %q, want %q", name, got, want)
		}
	}
}
