package libredesk_test

import (
	"testing"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/bots/libredesk"
	"footnote/pipeline"
)

// TestFallback: where the settings say so, a reply whose agent's key was taken back
// stands under the team's account, once, and that is told before.
func TestFallback(t *testing.T) {
	z := bottest.NewLibredesk(t)
	d, err := libredesk.New(libredesk.Config{URL: z.URL, Key: z.Key, Agents: map[string]string{"grace@example.org": z.GraceKey}, Instead: true,
		HTTP: z.Client, Now: z.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	grace := pipeline.Agent{ID: "a1", Name: "Grace Hopper", Email: "grace@example.org"}
	if s, err := d.Standing(t.Context(), grace); err != nil || !s.Own {
		t.Fatalf("%+v, %v", s, err)
	}
	id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
	z.Revoke()
	if _, err := d.Post(t.Context(), bots.Post{Ticket: ref(id), Text: "Open settings.", Marker: bots.MarkerFor("01234567-89ab-4cde-8f01-23456789abcd"), Author: grace}); err != nil {
		t.Fatal(err)
	}
	if got := z.Messages(id, true); len(got) != 1 || got[0].Author.Name == grace.Name {
		t.Errorf("the platform has %+v", got)
	}
	if s, err := d.Standing(t.Context(), grace); err != nil || s.Own || s.Held || s.Why == "" || s.Name == "" {
		t.Errorf("%+v, %v", s, err)
	}
}
