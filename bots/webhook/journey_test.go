package webhook_test

import (
	"fmt"
	"testing"

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

// Begin opens a ticket with what a customer said.
func (s *system) Begin(said bottest.Said) (ticket, message string) {
	s.mu.Lock()
	id := fmt.Sprintf("T %d/ä?&", len(s.tickets)+1)
	s.tickets[id] = &bots.InboundTicket{ID: id, Subject: said.Subject, CreatedAt: s.clock.Now(), Requester: pipeline.Person{Name: "Ada", Email: "ada@example.org"}}
	s.mu.Unlock()
	said.Role = pipeline.RoleCustomer
	return id, s.Write(id, said)
}

func (s *system) Write(ticket string, said bottest.Said) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, public := s.tickets[ticket], !said.Private
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

func (s *system) Change(ticket string, c bottest.Change) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tickets[ticket]
	switch c {
	case bottest.Solve:
		t.Status = pipeline.StatusSolved
	case bottest.Reopen:
		t.Status = pipeline.StatusOpen
	case bottest.Delete:
		delete(s.tickets, ticket) // and nobody is told
		return true
	case bottest.MoveReply, bottest.RemoveReply:
		t.Messages, t.UpdatedAt = t.Messages[:len(t.Messages)-1], s.clock.Now()
		return true
	case bottest.HideReply:
		private := false
		t.Messages[len(t.Messages)-1].Public, t.UpdatedAt = &private, s.clock.Now()
		return true
	case bottest.EditReply:
		m := &t.Messages[len(t.Messages)-1]
		m.Text, m.Marker, t.UpdatedAt = "Something else", "", s.clock.Now()
		return true
	default:
		return false
	}
	t.UpdatedAt = s.clock.Now()
	s.tell(bots.Inbound{Kind: bots.KindStatus, Ticket: bare(*t)})
	return true
}

// Script adds a fault for the next call of a route.
func (s *system) Script(route string, f bottest.DeskFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[route] = append(s.faults[route], f)
}

// sent is the ledger; there are no private notes.
func (s *system) sent(ticket string, public bool) []bottest.DeskReply {
	if !public {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]bottest.DeskReply(nil), s.replies[ticket]...)
}

func fixture(t *testing.T, change func(*webhook.Config)) bottest.Fixture {
	s, web := newSystem(t)
	d := newDesk(t, web.URL, func(c *webhook.Config) {
		c.Now = s.clock.Now
		if change != nil {
			change(c)
		}
	})
	f := bottest.NewFixture(d, s, s.clock, s.sent)
	f.Pool, f.Secrets = pgtest.New(t), []string{secretIn, secretOut}
	f.Cut = func() { web.CloseClientConnections(); web.Close() }
	f.Sign, f.Hook = bottest.InboundSign(t, secretIn), bottest.InboundHook
	f.Skip = map[string]string{"own note ignored": "the webhook takes no private notes", "merged": "the contract has no merging",
		"50 kB HTML": "the contract has plain text only"}
	return f
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
