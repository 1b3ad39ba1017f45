package webhook_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/bots/webhook"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func bare(t bots.InboundTicket) bots.InboundTicket {
	t.Messages = nil
	return t
}

func ref(id string) pipeline.TicketRef { return pipeline.TicketRef{Desk: "inhouse", ID: id} }

// begin opens a ticket with what a customer said.
func (s *system) begin(said bottest.Said) (pipeline.TicketRef, string) {
	s.mu.Lock()
	id := fmt.Sprintf("T %d/ä?&", len(s.tickets)+1)
	s.tickets[id] = &bots.InboundTicket{ID: id, Subject: said.Subject, CreatedAt: s.clock.Now(), Requester: pipeline.Person{Name: "Ada", Email: "ada@example.org"}}
	s.mu.Unlock()
	said.Role = pipeline.RoleCustomer
	return ref(id), s.write(ref(id), said)
}

func (s *system) write(ref pipeline.TicketRef, said bottest.Said) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, public := s.tickets[ref.ID], !said.Private
	if said.Role == pipeline.RoleCustomer {
		t.Status = pipeline.StatusOpen
	}
	if said.Auto {
		said.Role = pipeline.RoleBot // the sender's system tells; the contract has no mail headers
	}
	m := bots.InboundMessage{ID: fmt.Sprintf("m%d", len(t.Messages)+1), Role: said.Role, Author: pipeline.Person{Name: string(said.Role)}, Text: said.Text,
		Public: &public, Attachments: said.Attachments}
	s.say(t, m)
	return m.ID
}

func (s *system) change(ref pipeline.TicketRef, c bottest.Change) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tickets[ref.ID]
	switch c {
	case bottest.Solve:
		t.Status = pipeline.StatusSolved
	case bottest.Reopen:
		t.Status = pipeline.StatusOpen
	case bottest.Delete:
		delete(s.tickets, ref.ID) // and nobody is told
		return true
	default:
		return false
	}
	t.UpdatedAt = s.clock.Now()
	s.tell(bots.Inbound{Kind: bots.KindStatus, Ticket: bare(*t)})
	return true
}

func (s *system) drain() []bottest.Hook {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.hooks
	s.hooks = nil
	return out
}

func fixture(t *testing.T, change func(*webhook.Config)) bottest.Fixture {
	s, web := newSystem(t)
	script := func(route string) func(bottest.DeskFault) {
		return func(f bottest.DeskFault) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.faults[route] = append(s.faults[route], f)
		}
	}
	d := newDesk(t, web.URL, func(c *webhook.Config) {
		c.Now = s.clock.Now
		if change != nil {
			change(c)
		}
	})
	return bottest.Fixture{DeskFixture: bottest.DeskFixture{Desk: d, Now: s.clock.Now, Secrets: []string{secretIn, secretOut},
		Sign: func(raw []byte, at time.Time) http.Header {
			h := http.Header{}
			s.in.Sign(h, "hook", at, raw)
			return h
		},
		Hook: func(ref pipeline.TicketRef, m pipeline.Message) []byte {
			raw, _ := json.Marshal(bots.Inbound{Kind: bots.KindMessage, Ticket: bots.InboundTicket{ID: ref.ID},
				Message: &bots.InboundMessage{ID: m.ID, Role: m.Role, Author: m.Author, Text: m.Text, At: m.At, Marker: m.Marker}})
			return raw
		},
		Open:  func() (pipeline.TicketRef, string) { return s.begin(bottest.Said{Text: "How?"}) },
		Reply: script("reply"), Read: script("read"),
		Accepted: func(ref pipeline.TicketRef) []bottest.DeskReply {
			s.mu.Lock()
			defer s.mu.Unlock()
			return append([]bottest.DeskReply(nil), s.replies[ref.ID]...)
		},
		Cut: func() { web.CloseClientConnections(); web.Close() },
	}, Pool: pgtest.New(t), Advance: s.clock.Advance, Begin: s.begin, Write: s.write, Change: s.change, Hooks: s.drain,
		Skip: map[string]string{"own note ignored": "the webhook takes no private notes", "merged": "the contract has no merging",
			"50 kB HTML": "the contract has plain text only"}}
}

// TestConformance: what breaks reading goes unnoticed here, since webhooks carry
// the whole message, so the mutations run against the other desks.
func TestConformance(t *testing.T) {
	bottest.Conformance(t, func(t *testing.T) bottest.Fixture { return fixture(t, nil) })
}

// TestConformanceWithoutReadBack: a system that only takes replies.
func TestConformanceWithoutReadBack(t *testing.T) {
	t.Parallel()
	bottest.Desk(t, func(t *testing.T) bottest.DeskFixture {
		return fixture(t, func(c *webhook.Config) { c.ThreadURL, c.ChangedURL = "", "" }).DeskFixture
	})
}
