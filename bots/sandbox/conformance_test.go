package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/bots/sandbox"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestConformance(t *testing.T) { bottest.Conformance(t, fixture) }

func TestMutations(t *testing.T) { bottest.Mutations(t, fixture) }

// network keeps the webhooks that the sandbox would send.
func network(t testing.TB, out *bottest.Outbox, now func() time.Time) func(sandbox.Hook) []sandbox.Hook {
	keys, err := bots.NewWebhookKeys(secret)
	if err != nil {
		t.Fatal(err)
	}
	return func(h sandbox.Hook) []sandbox.Hook {
		kept := bottest.Hook{Header: http.Header{}, Body: h.Body}
		keys.Sign(kept.Header, h.ID, now(), h.Body)
		out.Queue(kept)
		return nil
	}
}

// begin opens a ticket through the API, as the customer's page does.
func (d desk) begin(t *testing.T, s bottest.Said) (pipeline.TicketRef, string) {
	var tk bots.InboundTicket
	d.api(t, "POST", "", sandbox.NewTicket{Subject: s.Subject, Text: s.Text, Name: "Ada", Email: "ada@example.org"}, &tk)
	if len(tk.Messages) == 0 {
		t.Fatalf("no ticket of %.60q", s.Text)
	}
	return pipeline.TicketRef{Desk: "sandbox", ID: tk.ID}, tk.Messages[0].ID
}

func (d desk) write(t *testing.T, ref pipeline.TicketRef, s bottest.Said) string {
	var m struct{ ID string }
	path, body := "/"+ref.ID+"/messages", any(map[string]string{"text": s.Text})
	if public := !s.Private; s.Role == pipeline.RoleAgent {
		path, body = "/"+ref.ID+"/replies", sandbox.NewReply{Text: s.Text, Author: pipeline.Person{Name: "Alice"}, Public: &public}
	}
	d.api(t, "POST", path, body, &m)
	return m.ID
}

func (d desk) change(t *testing.T, ref pipeline.TicketRef, c bottest.Change) bool {
	status, ok := map[bottest.Change]pipeline.TicketStatus{bottest.Solve: pipeline.StatusSolved, bottest.Reopen: pipeline.StatusOpen}[c]
	if ok {
		d.api(t, "POST", "/"+ref.ID+"/status", map[string]any{"status": status}, nil)
	}
	if c == bottest.MoveReply {
		list := d.accepted(ref)
		if err := d.Remove(ref.ID, list[len(list)-1].ID); err != nil {
			t.Fatal(err)
		}
		return true
	}
	return ok
}

// accepted is the ledger's public replies with our marker.
func (d desk) accepted(ref pipeline.TicketRef) (out []bottest.DeskReply) {
	for _, e := range d.Ledger() {
		if e.Ticket == ref.ID && e.Op == sandbox.OpMessage && e.Message.Role == pipeline.RoleAgent && e.Message.Marker != "" {
			out = append(out, bottest.DeskReply{ID: e.Message.ID, Text: e.Message.Text, Marker: e.Message.Marker, Author: e.Message.Author})
		}
	}
	return out
}

func fixture(t *testing.T) bottest.Fixture {
	c, out := bottest.NewClock(), &bottest.Outbox{}
	d := open(t, func(cfg *sandbox.Config) {
		cfg.WebhookURL, cfg.Network, cfg.Now = "http://footnote.example", network(t, out, c.Now), c.Now
	})
	script := func(r sandbox.Route) func(bottest.DeskFault) {
		return func(f bottest.DeskFault) {
			sf := sandbox.Fault{Status: f.Status, Body: f.Body, RetryAfter: f.RetryAfter, Accept: f.Accept, Reset: f.Reset}
			if f.Stall {
				sf.Latency = time.Hour
			}
			d.Script(r, sf)
		}
	}
	begin := func(s bottest.Said) (pipeline.TicketRef, string) { return d.begin(t, s) }
	return bottest.Fixture{DeskFixture: bottest.DeskFixture{Desk: d.client, Now: c.Now, Secrets: []string{token, secret},
		Sign: bottest.InboundSign(t, secret), Hook: bottest.InboundHook,
		Open:  func() (pipeline.TicketRef, string) { return begin(bottest.Said{Text: "How do I …?"}) },
		Reply: script(sandbox.RouteReply), Read: script(sandbox.RouteRead), Accepted: d.accepted,
		Cut: func() { d.http.CloseClientConnections(); d.http.Close() },
	}, Pool: pgtest.New(t), Advance: c.Advance, Begin: begin, Hooks: out.Hooks,
		Write:  func(ref pipeline.TicketRef, s bottest.Said) string { return d.write(t, ref, s) },
		Change: func(ref pipeline.TicketRef, c bottest.Change) bool { return d.change(t, ref, c) },
		Skip: map[string]string{"50 kB HTML": "the sandbox has plain text only", "empty": "the sandbox takes no message without text",
			"attachments only": "the sandbox has no attachments",
			"automatic reply":  "the sandbox takes no mail",
			"every reply is said to go in the agent's name": "so it is"}}
}
