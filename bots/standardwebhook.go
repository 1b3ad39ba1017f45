package bots

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"footnote/pipeline"
)

// Headers of Standard Webhooks (https://www.standardwebhooks.com).
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

// webhookSkew is how far a signed timestamp may be from now, either way.
const webhookSkew = 300 * time.Second

// ErrSignature is the error of every bad or missing signature: what was wrong with it
// is not said.
var ErrSignature = &pipeline.Error{Kind: pipeline.Denied, Say: "The signature of this request is missing or wrong."}

// WebhookKeys is a set of secrets for signing and verifying by Standard
// Webhooks: HMAC-SHA256 over "id.timestamp.body". A secret "whsec_<base64>"
// is decoded, any other is used as its bytes. Two secrets serve rotation: the
// first signs, all of them verify. Empty secrets are dropped.
type WebhookKeys struct{ keys [][]byte }

// NewWebhookKeys reads the secrets. Invalid for a whsec_ secret that is not base64.
func NewWebhookKeys(secrets ...string) (WebhookKeys, error) {
	var k WebhookKeys
	for _, s := range secrets {
		if s == "" {
			continue
		}
		key := []byte(s)
		if enc, ok := strings.CutPrefix(s, "whsec_"); ok {
			var err error
			if key, err = base64.StdEncoding.DecodeString(enc); err != nil || len(key) == 0 {
				return k, pipeline.Errorf(pipeline.Invalid, "a webhook secret starts with whsec_ but is not base64")
			}
		}
		k.keys = append(k.keys, key)
	}
	return k, nil
}

// Set tells whether there is any secret.
func (k WebhookKeys) Set() bool { return len(k.keys) > 0 }

// Sign writes the three headers for a body sent at a time. Without a secret it
// writes id and timestamp only.
func (k WebhookKeys) Sign(h http.Header, id string, at time.Time, body []byte) {
	ts := strconv.FormatInt(at.Unix(), 10)
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, ts)
	if k.Set() {
		h.Set(HeaderSignature, "v1,"+base64.StdEncoding.EncodeToString(webhookMAC(k.keys[0], id, ts, body)))
	}
}

// Verify checks a request over its raw body. The error is always the same one,
// of kind Denied, and says nothing about what the right signature would be.
func (k WebhookKeys) Verify(h http.Header, raw []byte, now time.Time) error {
	id, ts, list := h.Get(HeaderID), h.Get(HeaderTimestamp), h.Get(HeaderSignature)
	if !k.Set() || id == "" || len(ts) == 0 || len(ts) > 12 || len(list) > 4096 {
		return ErrSignature
	}
	for _, c := range ts { // digits only: no sign, no space, no fraction
		if c < '0' || c > '9' {
			return ErrSignature
		}
	}
	sec, err := strconv.ParseInt(ts, 10, 64)
	if err != nil {
		return ErrSignature
	}
	if age := now.Sub(time.Unix(sec, 0)); age > webhookSkew || age < -webhookSkew {
		return ErrSignature
	}
	ok := false
	for _, key := range k.keys {
		want := webhookMAC(key, id, ts, raw)
		for sig := range strings.SplitSeq(list, " ") {
			enc, v1 := strings.CutPrefix(sig, "v1,")
			got, err := base64.StdEncoding.Strict().DecodeString(enc)
			if v1 && err == nil && hmac.Equal(got, want) {
				ok = true // no early return: the time does not tell which key
			}
		}
	}
	if !ok {
		return ErrSignature
	}
	return nil
}

func webhookMAC(key []byte, id, ts string, body []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(id + "." + ts + "."))
	m.Write(body)
	return m.Sum(nil)
}
