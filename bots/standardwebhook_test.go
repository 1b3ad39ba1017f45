package bots_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/pipeline"
)

func keys(t *testing.T, secrets ...string) bots.WebhookKeys {
	t.Helper()
	k, err := bots.NewWebhookKeys(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestStandardWebhookPublished is the example of the specification's libraries.
func TestStandardWebhookPublished(t *testing.T) {
	t.Parallel()
	k := keys(t, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	h := http.Header{}
	body := []byte(`{"test": 2432232314}`)
	at := time.Unix(1614265330, 0)
	k.Sign(h, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)
	if got, want := h.Get("webhook-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Fatalf("signature %s, want %s", got, want)
	}
	if err := k.Verify(h, body, at); err != nil {
		t.Fatal(err)
	}
}

func TestStandardWebhookRotation(t *testing.T) {
	t.Parallel()
	at, body := time.Unix(1767225600, 0), []byte("{}")
	sign := func(secret string) string {
		h := http.Header{}
		keys(t, secret).Sign(h, "id", at, body)
		return h.Get(bots.HeaderSignature)
	}
	h := http.Header{}
	keys(t, "new").Sign(h, "id", at, body)
	both := keys(t, "new", "", "old")
	for list, want := range map[string]bool{
		sign("new"): true, sign("old"): true, sign("third"): false,
		sign("third") + " " + sign("old"):        true,
		"v1a,AAAA v2,xx " + sign("new"):          true,
		strings.ReplaceAll(sign("new"), "=", ""): false,
		sign("new") + "," + sign("new"):          false,
		strings.Repeat(sign("third")+" ", 1000):  false,
		strings.TrimPrefix(sign("new"), "v1,"):   false,
		"v1," + sign("new"):                      false,
	} {
		h.Set(bots.HeaderSignature, list)
		if err := both.Verify(h, body, at); (err == nil) != want {
			t.Errorf("%.80s: %v", list, err)
		}
	}
	if err := keys(t).Verify(h, body, at); pipeline.KindOf(err) != pipeline.Denied {
		t.Errorf("no secret: %v", err)
	}
	if _, err := bots.NewWebhookKeys("whsec_"); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("empty key: %v", err)
	}
}

// TestStandardWebhookVectors checks the rows of that scheme where they are present.
func TestStandardWebhookVectors(t *testing.T) {
	t.Parallel()
	n := 0
	found := bottest.BadRows(t, "webhook_signatures.jsonl", func(r struct {
		ID, Scheme, Secret, Expect string
		NowUnix                    int64 `json:"now_unix"`
		Headers                    map[string]string
		B64                        string
	}) {
		if r.Scheme != "standard_webhooks" {
			return
		}
		n++
		h := http.Header{}
		for k, v := range r.Headers {
			h.Set(k, v)
		}
		raw, err := base64.StdEncoding.DecodeString(r.B64)
		if err != nil {
			t.Fatal(err)
		}
		secret := r.Secret
		if err := keys(t, secret).Verify(h, raw, time.Unix(r.NowUnix, 0)); (err == nil) != (r.Expect != "reject") {
			t.Errorf("%s: %v, want %s", r.ID, err, r.Expect)
		}
	})
	if !found {
		t.Skip("no vectors here")
	}
	if n == 0 {
		t.Fatal("no row of this scheme")
	}
}
