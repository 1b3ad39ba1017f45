package console

import (
	"strings"
	"testing"

	"footnote/pipeline"
)

// TestAddressed: before approval the page says to which address a reply goes.
func TestAddressed(t *testing.T) {
	t.Parallel()
	w := typical()
	v, _ := w.find(draftID(0))
	v.Ticket.Requester = pipeline.Person{Name: "Ada Lovelace", Email: "somebody-else@evil.example"}
	a := ask(t, newConsole(t, w), "agent", TicketPath(v.Ticket.TicketRef), nil)
	if !strings.Contains(a.words(), "Ada Lovelace <somebody-else@evil.example>") {
		t.Errorf("the address is missing: %s", a.words())
	}
}
