package bottest

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/bots"
	"footnote/pipeline"
)

// Fixture is one desk adapter, a fake of its platform, and what the cases need
// besides to run a ticket through intake, tracking and delivery.
type Fixture struct {
	DeskFixture
	Pool    *pgxpool.Pool // an empty database of the test's own
	Advance func(time.Duration)
	// Begin opens a ticket at the platform with what a customer said.
	Begin func(Said) (ref pipeline.TicketRef, message string)
	// Write adds to a ticket at the platform and returns the message's
	// identifier.
	Write func(ref pipeline.TicketRef, s Said) (message string)
	// Change does something to a ticket. False: the platform has no such thing.
	Change func(ref pipeline.TicketRef, c Change) bool
	// Hooks returns the webhooks that the platform wants to send for all that
	// happened since the last call, our own writes included, in order. Nil for
	// platforms without webhooks: the cases then poll.
	Hooks func() []Hook
	// Notes is the platform's ledger of private notes; nil without bots.Noter.
	Notes func(ref pipeline.TicketRef) []DeskReply
	// Tags are those of a ticket at the platform; nil without bots.Tagger.
	Tags func(ref pipeline.TicketRef) []string
	// Chats: the platform opens tickets by anonymous visitors (Said.Visitor).
	Chats bool
	// Revoke takes back the key of Grace Hopper, where agents have keys of their own;
	// else nil.
	Revoke func()
	// Skip names cases, and mutations, that cannot be on this platform, each with
	// the reason; the table shows cases as n.a.
	Skip map[string]string
}

// Platform is a fake helpdesk, whose tickets have identifiers of its own. One with
// webhooks has Fixture's Hooks too.
type Platform interface {
	scripted
	Begin(s Said) (ticket, message string)
	Write(ticket string, s Said) (message string)
	Change(ticket string, c Change) bool
}

// scripted is what has Faults.
type scripted interface {
	Script(kind string, f DeskFault)
}

// NewFixture is what the fixtures of helpdesks have in common. replies is the
// ledger of what we wrote, in public or as notes.
func NewFixture(d bots.Desk, p Platform, clock *Clock, replies func(ticket string, public bool) []DeskReply) Fixture {
	begin := func(s Said) (pipeline.TicketRef, string) {
		ticket, message := p.Begin(s)
		return pipeline.TicketRef{Desk: d.Name(), ID: ticket}, message
	}
	script := func(kind string) func(DeskFault) {
		return func(f DeskFault) { p.Script(kind, f) }
	}
	f := Fixture{
		DeskFixture: DeskFixture{Desk: d, Now: clock.Now, Reply: script("reply"), Read: script("read"),
			Open: func() (pipeline.TicketRef, string) {
				return begin(Said{Role: pipeline.RoleCustomer, Text: "How do I …?"})
			},
			Accepted: func(ref pipeline.TicketRef) []DeskReply { return replies(ref.ID, true) }},
		Advance: clock.Advance, Begin: begin,
		Write:  func(ref pipeline.TicketRef, s Said) string { return p.Write(ref.ID, s) },
		Change: func(ref pipeline.TicketRef, c Change) bool { return p.Change(ref.ID, c) },
		Notes:  func(ref pipeline.TicketRef) []DeskReply { return replies(ref.ID, false) },
	}
	if h, ok := p.(interface{ Hooks() []Hook }); ok {
		f.Hooks = h.Hooks
	}
	if k, ok := p.(interface{ Revoke() }); ok {
		f.Revoke = k.Revoke
	}
	return f
}

// Conformance is the whole suite: the parts of Desk, and every case of Cases,
// as subtests of one name each, so that make conformance can print the table.
// open is called for each with a fresh platform.
func Conformance(t *testing.T, open func(t *testing.T) Fixture) {
	t.Run("adapter", func(t *testing.T) {
		Desk(t, func(t *testing.T) DeskFixture { return open(t).DeskFixture })
	})
	for _, c := range Cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			r := c.run(t, open(t))
			if r.na != "" {
				t.Skip("n.a.: " + r.na)
			}
			for _, f := range r.failed {
				t.Error(f)
			}
		})
	}
}

// Mutations runs the suite against adapters broken on purpose and fails for
// each that no case catches: the suite's own test.
func Mutations(t *testing.T, open func(t *testing.T) Fixture) {
	for _, m := range Mutants {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			f := open(t)
			if why, ok := f.Skip[m.Name]; ok {
				t.Skip("n.a.: " + why)
			}
			f.Desk = m.Break(f)
			for _, c := range Cases {
				if c.Name != m.Case {
					continue
				}
				r := c.run(t, f)
				if r.na != "" {
					t.Skip("n.a.: " + r.na)
				}
				if len(r.failed) == 0 {
					t.Errorf("case %q does not notice: %s", c.Name, m.Name)
				}
				return
			}
			t.Fatalf("no case %q", m.Case)
		})
	}
}

// Case is one behaviour that every desk must have.
type Case struct {
	Name string
	run_ func(*run)
}

// run is one case at work; failures are kept, so that mutations can be judged.
type run struct {
	Fixture
	t      *testing.T
	j      *journey
	failed []string
	na     string
}

type stopCase struct{}

func (r *run) Errorf(format string, args ...any) {
	_, file, line, _ := runtime.Caller(1)
	r.failed = append(r.failed, fmt.Sprintf("%s:%d: ", file[strings.LastIndexByte(file, '/')+1:], line)+fmt.Sprintf(format, args...))
}

func (r *run) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	panic(stopCase{})
}

// skip says why a case cannot be on this platform.
func (r *run) skip(why string) { r.na = why; panic(stopCase{}) }

func (c Case) run(t *testing.T, f Fixture) (r *run) {
	r = &run{Fixture: f, t: t}
	if why, ok := f.Skip[c.Name]; ok {
		r.na = why
		return r
	}
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(stopCase); !ok {
				panic(p)
			}
		}
	}()
	r.j = newJourney(r)
	c.run_(r)
	return r
}

// need skips a case for a desk without an interface.
func (r *run) reader() bots.Reader {
	d, ok := bots.ReaderOf(r.Desk)
	if !ok {
		r.skip("the desk cannot be read")
	}
	return d
}
