package presence

import (
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// Lasts is how long a page that is silent counts; pages give a sign of life every
// third of it.
const Lasts = 45 * time.Second

// Service is safe for concurrent use, also by several processes on one database.
type Service struct{ pool *pgxpool.Pool }

// New builds a Service.
func New(pool *pgxpool.Pool) *Service { return &Service{pool} }

// Page is one open page of a ticket.
type Page struct {
	Ticket  pipeline.TicketRef
	ID      string // made up by whoever renders the page; at most 64 bytes
	By      pipeline.Agent
	Writing bool // the editor is open
}

// Other is somebody else at a ticket.
type Other struct {
	Agent   pipeline.Agent // ID, Name and Email
	Writing bool
}

// Say puts people into one sentence; empty without any.
func Say(others []Other) string {
	names := map[bool][]string{}
	for _, o := range others {
		name := o.Agent.Name
		if name == "" {
			name = o.Agent.Email
		}
		names[o.Writing] = append(names[o.Writing], name)
	}
	list := func(ns []string, verb string) string {
		switch n := len(ns); {
		case n == 0:
			return ""
		case n == 1:
			return ns[0] + " is " + verb
		default:
			return strings.Join(ns[:n-1], ", ") + " and " + ns[n-1] + " are " + verb
		}
	}
	writing, looking := list(names[true], "writing a reply"), list(names[false], "looking at this ticket")
	if writing != "" && looking != "" {
		return writing + "; " + looking + "."
	}
	if writing+looking == "" {
		return ""
	}
	return writing + looking + "."
}
