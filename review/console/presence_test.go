package console

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"footnote/review/access"
)

// TestWhoElseIsHere: a page says who else is at its ticket, without JavaScript too.
func TestWhoElseIsHere(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	if page := ask(t, c, access.RoleAgent, firstTicket, nil); strings.Contains(page.words(), "looking at") {
		t.Error("alone, and told of somebody")
	}
	want(t, ask(t, c, access.RoleManager, firstTicket+"?edit=1", nil), 200, "Jo Marsh is looking at this ticket.")
	page := ask(t, c, access.RoleAgent, firstTicket, nil)
	want(t, page, 200, "Max Feld is writing a reply.")
	if other := ask(t, c, access.RoleAgent, "/tickets/sandbox/1042", nil); strings.Contains(other.words(), "Max Feld is") {
		t.Error("told of another ticket")
	}
	ask(t, c, access.RoleOwner, firstTicket, nil) // reads, and cannot write
	for _, p := range w.pages {
		if p.By.Role == access.RoleOwner {
			t.Error("a reader is told of")
		}
	}
	for _, p := range w.pages {
		if p.By.ID == maxim.ID {
			if a := ask(t, c, access.RoleManager, "/tickets/sandbox/gone?id=1040&page="+p.ID, map[string][]string{}); a.StatusCode != 204 {
				t.Errorf("left: %d", a.StatusCode)
			}
		}
	}
	if page := ask(t, c, access.RoleAgent, firstTicket, nil); strings.Contains(page.words(), "Max Feld is") {
		t.Error("who left is still told of")
	}
}

// TestPresenceIsLive: the stream of a ticket's page tells when somebody comes.
func TestPresenceIsLive(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	s := httptest.NewServer(c.Handler())
	defer s.Close()
	defer c.Close()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/events?desk=sandbox&id=1040", nil)
	r.AddCookie(&http.Cookie{Name: "footnote", Value: "session-" + access.RoleAgent})
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	ask(t, c, access.RoleManager, firstTicket, nil)
	stop := time.AfterFunc(30*time.Second, func() { resp.Body.Close() })
	defer stop.Stop()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Max Feld is looking at this ticket.") {
			return
		}
	}
	t.Error("the stream ended without telling")
}
