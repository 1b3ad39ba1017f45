package bots

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// Finding is one thing that was checked at a desk's real account.
type Finding struct {
	Name string // credentials, scopes, webhook, clock, …
	OK   bool
	// Saw is what was found, Fix what to do about it; Fix is empty when OK.
	// Neither holds a secret.
	Saw, Fix string
}

// Checker is a desk that can prove its settings against the real account.
type Checker interface {
	// Check looks at credentials, scopes, webhook and clock, in this order,
	// with reading calls only. hook is the public address of our route
	// /hooks/{name}. What cannot be found out is a Finding that says so; it
	// never fails as a whole.
	Check(ctx context.Context, hook string) []Finding
}

// Installation is what Setup did, and what is left for a person.
type Installation struct {
	Did   []string          // in order
	Steps []string          // exact clicks, in order; empty when nothing is left
	Set   map[string]string // settings to keep, by key without the desk's prefix ("secret")
}

// Installer is a desk that can prepare the account for Footnote.
type Installer interface {
	// Setup creates the webhook to hook where the platform's API allows it,
	// else it says which clicks make one. Run twice it leaves one webhook.
	// Kinds as Reader's, and Invalid for an address the platform cannot take.
	Setup(ctx context.Context, hook string) (Installation, error)
}

// SetupSecret is the webhook's secret that setup chooses where a platform lets us, and
// none is set: the same on every run, for it follows from the desk's access key, which
// it does not give away.
func SetupSecret(desk, key string) string {
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte("footnote webhook secret of " + desk))
	return hex.EncodeToString(m.Sum(nil))
}

// Setting is the full name of a desk's setting, as people write it: zendesk-eu has
// zendesk_eu_token.
func Setting(desk, key string) string { return strings.ReplaceAll(desk, "-", "_") + "_" + key }

// ClockFinding compares our clock with the Date of a desk's answer: signatures
// are refused beyond five minutes, and messages are ordered by the desk's clock.
func ClockFinding(h http.Header, now time.Time) Finding {
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return Finding{Name: "clock", OK: true, Saw: "the desk does not tell its time"}
	}
	off := now.Sub(at).Round(time.Second)
	f := Finding{Name: "clock", OK: off.Abs() <= time.Minute, Saw: "differs by " + off.Abs().String()}
	if !f.OK {
		f.Fix = "Set this machine's clock (NTP): signed webhooks are refused beyond five minutes."
	}
	return f
}
