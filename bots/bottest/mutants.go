package bottest

import (
	"context"
	"net/http"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// Mutant is an adapter broken on purpose, and the case that must notice.
type Mutant struct {
	Name, Case string
	Break      func(Fixture) bots.Desk
}

// Mutants is the list of what can go wrong in an adapter.
var Mutants = []Mutant{
	{"any signature is taken", "unsigned refused", func(f Fixture) bots.Desk {
		return broken{Desk: f.Desk, parse: func(h http.Header, raw []byte, now time.Time) ([]pipeline.Event, error) {
			e, err := f.Desk.Parse(h, raw, now)
			if pipeline.KindOf(err) == pipeline.Denied {
				return nil, nil
			}
			return e, err
		}}
	}},
	{"old signatures are taken", "clock skew refused", func(f Fixture) bots.Desk {
		return broken{Desk: f.Desk, parse: func(http.Header, []byte, time.Time) ([]pipeline.Event, error) { return nil, nil }}
	}},
	{"every delivery is another event", "duplicate ×3", func(f Fixture) bots.Desk {
		return broken{Desk: f.Desk, parse: func(h http.Header, raw []byte, now time.Time) ([]pipeline.Event, error) {
			events, err := f.Desk.Parse(h, raw, now)
			for i := range events {
				events[i].ID += now.String()
			}
			return events, err
		}}
	}},
	{"the newest message is not read", "reordered", thread(func(t *pipeline.Ticket) {
		t.Messages = t.Messages[:len(t.Messages)-1]
	})},
	{"private notes are read as public", "own note ignored", thread(func(t *pipeline.Ticket) {
		for i := range t.Messages {
			if t.Messages[i].Public = true; i > 0 {
				t.Messages[i].Role, t.Messages[i].Marker = pipeline.RoleAgent, ""
			}
		}
	})},
	{"our reply is read as the customer's", "own reply ignored", thread(func(t *pipeline.Ticket) {
		for i := range t.Messages {
			t.Messages[i].Role, t.Messages[i].Marker = pipeline.RoleCustomer, ""
		}
	})},
	{"agents are read as customers", "agent reply voids", thread(func(t *pipeline.Ticket) {
		for i := range t.Messages {
			t.Messages[i].Role = pipeline.RoleCustomer
		}
	})},
	{"customers are read as bots", "follow-up voids", thread(func(t *pipeline.Ticket) {
		for i := range t.Messages {
			if i > 0 {
				t.Messages[i].Role = pipeline.RoleBot
			}
		}
	})},
	{"what happened since the reading is not looked at", "moved meanwhile", func(f Fixture) bots.Desk {
		return broken{Desk: f.Desk, post: func(ctx context.Context, p bots.Post) (string, error) {
			p.Seen = time.Time{}
			return f.Desk.Post(ctx, p)
		}}
	}},
	{"the status is not read", "solved and reopened", thread(func(t *pipeline.Ticket) { t.Status = pipeline.StatusOpen })},
	{"a deleted ticket is read as empty and open", "deleted", func(f Fixture) bots.Desk {
		last := map[string]pipeline.Ticket{}
		return broken{Desk: f.Desk, thread: func(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
			t, err := f.Desk.(bots.Reader).Thread(ctx, ref)
			if pipeline.KindOf(err) == pipeline.NotFound && err != nil {
				return last[ref.ID], nil
			}
			last[ref.ID] = t
			return t, err
		}, post: func(context.Context, bots.Post) (string, error) { return "1", nil }}
	}},
	{"429 is read as a refusal", "429", verdict(bots.Throttled, bots.Refused)},
	{"5xx is read as a refusal", "5xx", verdict(bots.Ambiguous, bots.Refused)},
	{"the adapter posts again by itself", "lost answer", func(f Fixture) bots.Desk {
		return broken{Desk: f.Desk, post: func(ctx context.Context, p bots.Post) (string, error) {
			id, err := f.Desk.Post(ctx, p)
			if err != nil {
				again, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
				defer cancel()
				p.Seen = time.Time{}
				return f.Desk.Post(again, p)
			}
			return id, err
		}}
	}},
	{"a lost answer is taken for not sent", "lost answer", verdict(bots.Ambiguous, bots.NotSent, unseen)},
	{"not to find it is taken for proof", "our reply is moved", func(f Fixture) bots.Desk {
		can, first := f.Desk.Can(), map[string]time.Time{}
		can.Absence = bots.AbsenceUnchanged
		return broken{Desk: f.Desk, can: &can, thread: func(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
			t, err := f.Desk.(bots.Reader).Thread(ctx, ref)
			if err == nil {
				if first[ref.ID].IsZero() {
					first[ref.ID] = t.UpdatedAt
				}
				t.UpdatedAt = first[ref.ID]
			}
			return t, err
		}}
	}},
	{"HTML is not turned into text", "50 kB HTML", thread(func(t *pipeline.Ticket) {
		for i := range t.Messages {
			t.Messages[i].Text = "<td style=x>" + t.Messages[i].Text
		}
	})},
	{"messages without text are left out", "empty", thread(func(t *pipeline.Ticket) {
		if len(t.Messages) > 0 && t.Messages[0].Text == "" {
			t.Messages = nil
		}
	})},
	{"attachments are lost", "attachments only", thread(func(t *pipeline.Ticket) {
		for i := range t.Messages {
			t.Messages[i].Attachments = nil
		}
	})},
	{"the reply is changed on its way", "right to left", func(f Fixture) bots.Desk {
		return broken{Desk: f.Desk, post: func(ctx context.Context, p bots.Post) (string, error) {
			p.Text = strings.ToValidUTF8(strings.Map(func(r rune) rune {
				if r > 0x2000 && r < 0x2100 {
					return -1
				}
				return r
			}, p.Text), "")
			return f.Desk.Post(ctx, p)
		}}
	}},
	{"quoted mail is not marked", "quoted history", thread(func(t *pipeline.Ticket) {
		for i := range t.Messages {
			t.Messages[i].Text = strings.ReplaceAll(t.Messages[i].Text, "> ", "")
		}
	})},
	{"automatic replies are read as the customer's", "automatic reply", thread(func(t *pipeline.Ticket) {
		for i := range t.Messages {
			t.Messages[i].Role = pipeline.RoleCustomer
		}
	})},
	{"setup makes up another secret each time", "setup twice", func(f Fixture) bots.Desk {
		if _, ok := f.Desk.(bots.Installer); !ok {
			return f.Desk
		}
		return forgetful{broken{Desk: f.Desk}}
	}},
	{"visitors are given a name", "an anonymous visitor", thread(func(t *pipeline.Ticket) {
		t.Requester.Name = "Turquoise Helicopter"
	})},
	{"every row looks changed each time", "an idle minute", func(f Fixture) bots.Desk {
		return broken{Desk: f.Desk, changed: func(ctx context.Context, since time.Time) ([]bots.Row, error) {
			list, err := f.Desk.(bots.Poller).Changed(ctx, since)
			for i := range list {
				list[i].State = ""
			}
			return list, err
		}}
	}},
	{"a row never looks changed", "an idle minute", func(f Fixture) bots.Desk {
		return broken{Desk: f.Desk, changed: func(ctx context.Context, since time.Time) ([]bots.Row, error) {
			list, err := f.Desk.(bots.Poller).Changed(ctx, since)
			for i := range list {
				list[i].State, list[i].Settled = "the same", true
			}
			return list, err
		}}
	}},
	{"tags are made and not set", "tags by outcome", func(f Fixture) bots.Desk { return loose{broken{Desk: f.Desk}} }},
	{"a status is promised and not set", "status after sending", func(f Fixture) bots.Desk { return loose{broken{Desk: f.Desk}} }},
	{"each change of a note is another one", "one note", func(f Fixture) bots.Desk {
		if _, ok := f.Desk.(bots.Noter); !ok {
			return f.Desk
		}
		return manyNotes{broken{Desk: f.Desk}}
	}},
	{"every reply is said to go in the agent's name", "in whose name", func(f Fixture) bots.Desk {
		return broken{Desk: f.Desk, standing: func(context.Context, pipeline.Agent) (bots.Standing, error) { return bots.Standing{Own: true}, nil }}
	}},
	{"the poll finds the first page only", "an hour down", func(f Fixture) bots.Desk {
		return broken{Desk: f.Desk, changed: func(ctx context.Context, since time.Time) ([]bots.Row, error) {
			refs, err := f.Desk.(bots.Poller).Changed(ctx, since)
			return refs[:min(len(refs), 5)], err
		}}
	}},
}

// broken is a desk with some methods replaced.
type broken struct {
	bots.Desk
	standing func(context.Context, pipeline.Agent) (bots.Standing, error)
	can      *bots.Capabilities
	parse    func(http.Header, []byte, time.Time) ([]pipeline.Event, error)
	post     func(context.Context, bots.Post) (string, error)
	thread   func(context.Context, pipeline.TicketRef) (pipeline.Ticket, error)
	changed  func(context.Context, time.Time) ([]bots.Row, error)
}

func (b broken) Can() bots.Capabilities {
	if b.can != nil {
		return *b.can
	}
	return b.Desk.Can()
}

func (b broken) Parse(h http.Header, raw []byte, now time.Time) ([]pipeline.Event, error) {
	if b.parse != nil {
		return b.parse(h, raw, now)
	}
	return b.Desk.Parse(h, raw, now)
}

func (b broken) Post(ctx context.Context, p bots.Post) (string, error) {
	if b.post != nil {
		return b.post(ctx, p)
	}
	return b.Desk.Post(ctx, p)
}

func (b broken) Thread(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	if b.thread != nil {
		return b.thread(ctx, ref)
	}
	return b.Desk.(bots.Reader).Thread(ctx, ref)
}

func (b broken) Changed(ctx context.Context, since time.Time) ([]bots.Row, error) {
	if b.changed != nil {
		return b.changed(ctx, since)
	}
	return b.Desk.(bots.Poller).Changed(ctx, since)
}

func (b broken) Standing(ctx context.Context, a pipeline.Agent) (bots.Standing, error) {
	if b.standing != nil {
		return b.standing(ctx, a)
	}
	return b.Desk.(bots.Signer).Standing(ctx, a)
}

// Pulse is the desk's own.
func (b broken) Pulse() *bots.Pulse { return bots.PulseOf(b.Desk) }

func (b broken) Note(ctx context.Context, n bots.Note) (string, error) {
	return b.Desk.(bots.Noter).Note(ctx, n)
}

// loose says that it filed a ticket, and does not; as far as the desk can.
type loose struct{ broken }

func (l loose) Tag(context.Context, pipeline.TicketRef, ...string) error { return nil }

func (l loose) SetStatus(context.Context, pipeline.TicketRef, pipeline.TicketStatus) error {
	return nil
}

// forgetful makes up a secret at every setup.
type forgetful struct{ broken }

func (d forgetful) Setup(ctx context.Context, hook string) (bots.Installation, error) {
	in, err := d.Desk.(bots.Installer).Setup(ctx, hook)
	in.Set = map[string]string{"secret": uuid()}
	return in, err
}

// manyNotes writes another note for every change of one.
type manyNotes struct{ broken }

func (m manyNotes) EditNote(ctx context.Context, _ string, n bots.Note) (string, error) {
	return m.Note(ctx, n)
}

// thread breaks what is read.
func thread(change func(*pipeline.Ticket)) func(Fixture) bots.Desk {
	return func(f Fixture) bots.Desk {
		return broken{Desk: f.Desk, thread: func(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
			t, err := f.Desk.(bots.Reader).Thread(ctx, ref)
			if err == nil && len(t.Messages) > 0 {
				change(&t)
			}
			return t, err
		}}
	}
}

// unseen makes our own replies vanish from what is read.
func unseen(t *pipeline.Ticket) {
	for i, m := range t.Messages {
		if i > 0 && m.Role == pipeline.RoleAgent {
			t.Messages = t.Messages[:i]
			return
		}
	}
}

// verdict gives the outcomes of one kind for another's.
func verdict(was, is bots.Verdict, read ...func(*pipeline.Ticket)) func(Fixture) bots.Desk {
	return func(f Fixture) bots.Desk {
		b := broken{Desk: f.Desk}
		if len(read) > 0 {
			b = thread(read[0])(f).(broken)
		}
		b.post = func(ctx context.Context, p bots.Post) (string, error) {
			id, err := f.Desk.Post(ctx, p)
			if bots.VerdictOf(err) == was {
				return "", &bots.PostError{Verdict: is, Say: "broken"}
			}
			return id, err
		}
		return b
	}
}
