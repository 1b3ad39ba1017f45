package console

import (
	"context"
	"strings"
	"testing"

	"footnote/pipeline"
	"footnote/review/access"
)

// TestInWhoseName: the page says "in your name" only where the desk says so, else whose
// name it is and which setting gives theirs, and nothing while that is not known.
func TestInWhoseName(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		signed Signature
		want   string
		never  []string
	}{
		"own":     {Signature{Own: true, Name: "Grace"}, "> in your name", []string{"in the name of"}},
		"another": {Signature{Name: "Support Bot", Why: "libredesk_agent_keys has no key of grace@example.org."}, "in the name of Support Bot", []string{"in your name"}},
		"refused": {Signature{Name: "Support Bot", Why: "The key of grace@example.org is refused.", Held: true}, "The desk would not take it. The key of grace@example.org is refused.", []string{"in your name", "in the name of"}},
		"unknown": {Signature{}, "Goes to Ada Lovelace", []string{"in your name", "in the name of"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			con := newConsole(t, typical())
			con.Signature = func(context.Context, string, pipeline.Agent) Signature { return c.signed }
			for _, path := range []string{firstTicket, firstTicket + "?edit=1"} {
				page := ask(t, con, access.RoleAgent, path, nil)
				words := page.words()
				if path == firstTicket && !strings.Contains(words, c.want) || !strings.Contains(words, c.signed.Why) {
					t.Errorf("%s: the page does not say %q, or not %q", path, c.want, c.signed.Why)
				}
				for _, bad := range c.never {
					if strings.Contains(words, bad) {
						t.Errorf("%s: the page says %q", path, bad)
					}
				}
			}
		})
	}
}
