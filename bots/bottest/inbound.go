package bottest

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// InboundSign signs bodies as the senders of bots.Inbound do; it is
// DeskFixture.Sign of their desks.
func InboundSign(t testing.TB, secret string) func(raw []byte, at time.Time) http.Header {
	t.Helper()
	keys, err := bots.NewWebhookKeys(secret)
	if err != nil {
		t.Fatal(err)
	}
	return func(raw []byte, at time.Time) http.Header {
		h := http.Header{}
		keys.Sign(h, "hook", at, raw)
		return h
	}
}

// InboundHook is DeskFixture.Hook of desks that are told in bots.Inbound.
func InboundHook(ref pipeline.TicketRef, m pipeline.Message) []byte {
	raw, _ := json.Marshal(bots.Inbound{Kind: bots.KindMessage, Ticket: bots.InboundTicket{ID: ref.ID},
		Message: &bots.InboundMessage{ID: m.ID, Role: m.Role, Author: m.Author, Text: m.Text, At: m.At, Marker: m.Marker}})
	return raw
}
