package bots_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/pipeline"
)

// TestSecretsVectors runs the vectors of platforms that sign the raw body or
// "time.body" through the shared helpers.
func TestSecretsVectors(t *testing.T) {
	t.Parallel()
	n := 0
	found := bottest.BadRows(t, "webhook_signatures.jsonl", func(r struct {
		Scheme, Case, Secret, Expect string
		Now                          int64 `json:"now_unix"`
		Headers                      map[string]string
		B64                          []byte
	}) {
		h := http.Header{}
		for k, v := range r.Headers {
			h.Set(k, v)
		}
		s, now := bots.NewSecrets("another", r.Secret), time.Unix(r.Now, 0)
		var err error
		switch r.Scheme {
		case "intercom", "zammad":
			err = s.Verify(bots.HexSHA1.Prefix("sha1="), h.Get("X-Hub-Signature"), r.B64)
		case "libredesk":
			err = s.Verify(bots.HexSHA256.Prefix("sha256="), h.Get("X-Libredesk-Signature"), r.B64)
		case "chatwoot":
			stamp := h.Get("X-Chatwoot-Timestamp")
			if err = bots.SignedAt(stamp, now); err == nil {
				err = s.Verify(bots.HexSHA256.Prefix("sha256="), h.Get("X-Chatwoot-Signature"), []byte(stamp+"."), r.B64)
			}
		default:
			return
		}
		n++
		denied := err != nil && pipeline.KindOf(err) == pipeline.Denied
		if r.Expect != "either" && (r.Expect == "reject") != denied {
			t.Errorf("%s %s: %v, want %s", r.Scheme, r.Case, err, r.Expect)
		}
	})
	if !found {
		t.Skip("no ../shared/data")
	}
	t.Logf("%d vectors", n)
}

func TestNoSecretClosesTheRoute(t *testing.T) {
	t.Parallel()
	s := bots.NewSecrets("", "")
	if s.Set() || s.Matches("") == nil || s.Verify(bots.HexSHA256, "", nil) == nil {
		t.Error("without a secret something verifies")
	}
	two := bots.NewSecrets("new", "old")
	if two.Matches("old") != nil || two.Matches("new") != nil || two.Matches("neW") == nil {
		t.Error("two secrets")
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	m := bots.MarkerFor("01234567-89ab-4cde-8f01-23456789abcd")
	for _, c := range []struct {
		claim bots.Claim
		want  pipeline.Role
	}{
		{bots.Claim{ID: "9", Role: pipeline.RoleCustomer}, pipeline.RoleCustomer},
		{bots.Claim{ID: "9", Role: pipeline.RoleCustomer, Auto: true}, pipeline.RoleSystem},
		{bots.Claim{ID: "1", Role: pipeline.RoleCustomer}, pipeline.RoleBot},
		{bots.Claim{ID: "9", Role: pipeline.RoleCustomer, Marker: m}, pipeline.RoleAgent},
		{bots.Claim{ID: "9", Role: pipeline.RoleCustomer, Marker: "fn-x"}, pipeline.RoleCustomer},
		{bots.Claim{Role: pipeline.RoleAgent}, pipeline.RoleAgent},
	} {
		if got := bots.RoleOf(c.claim, "1"); got != c.want {
			t.Errorf("%+v: %s, want %s", c.claim, got, c.want)
		}
	}
}

// TestLanes: with 10 calls a minute the import leaves half of them, and a reply
// goes out at once all the same.
func TestLanes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, err := bots.NewAPI(bots.APIConfig{Base: "http://desk.example", PerMinute: 10, HTTP: &http.Client{Transport: answers{}}})
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		call := func(l bots.Lane) time.Duration {
			if err := api.Get(bots.InLane(context.Background(), l), "/x", nil); err != nil {
				t.Fatal(err)
			}
			return time.Since(begin)
		}
		for i := range 5 {
			if d := call(bots.LaneImport); d != 0 {
				t.Fatalf("call %d of the import waits %s", i, d)
			}
		}
		for range 5 {
			if d := call(bots.LaneLive); d != 0 {
				t.Fatalf("a reply waits %s behind the import", d)
			}
		}
		if d := call(bots.LaneImport); d < 50*time.Second {
			t.Errorf("the sixth call of the import went after %s", d)
		}
	})
}

type answers struct{}

func (answers) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Body: http.NoBody, Header: http.Header{}}, nil
}
