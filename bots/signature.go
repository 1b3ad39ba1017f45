package bots

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what some platforms sign with
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strconv"
	"time"
)

// Secrets are a desk's signing secrets: two while one is rotated. None closes
// the desk's route.
type Secrets struct{ keys [][]byte }

// NewSecrets drops empty secrets.
func NewSecrets(secrets ...string) Secrets {
	var s Secrets
	for _, v := range secrets {
		if v != "" {
			s.keys = append(s.keys, []byte(v))
		}
	}
	return s
}

// Set tells whether there is any secret: Capabilities.Inbound.
func (s Secrets) Set() bool { return len(s.keys) > 0 }

// MAC is how a platform signs: hash, encoding, and what stands before it.
type MAC struct {
	hash   func() hash.Hash
	encode func([]byte) string
	prefix string
}

// The forms of signature that platforms use.
var (
	HexSHA256    = MAC{sha256.New, hex.EncodeToString, ""}
	HexSHA1      = MAC{sha1.New, hex.EncodeToString, ""}
	Base64SHA256 = MAC{sha256.New, base64.StdEncoding.EncodeToString, ""}
	Base64SHA1   = MAC{sha1.New, base64.StdEncoding.EncodeToString, ""}
)

// Prefix returns the form with a text before the code, such as "sha1=".
func (m MAC) Prefix(p string) MAC { m.prefix = p; return m }

func (m MAC) sum(key []byte, parts [][]byte) string {
	h := hmac.New(m.hash, key)
	for _, p := range parts {
		h.Write(p)
	}
	return m.prefix + m.encode(h.Sum(nil))
}

// Sign returns the signature over the joined parts with the first secret; empty
// without one. Fakes and outgoing calls use it.
func (s Secrets) Sign(m MAC, parts ...[]byte) string {
	if !s.Set() {
		return ""
	}
	return m.sum(s.keys[0], parts)
}

// Verify checks a header against the joined parts, in constant time and with
// every secret. The error is always the same one, of kind Denied, also when no
// secret is set.
func (s Secrets) Verify(m MAC, got string, parts ...[]byte) error {
	ok := 0
	for _, key := range s.keys {
		ok |= subtle.ConstantTimeCompare([]byte(m.sum(key, parts)), []byte(got))
	}
	if ok == 0 {
		return ErrSignature
	}
	return nil
}

// Matches checks a header that carries the secret itself, for platforms that
// sign nothing. Error as Verify's.
func (s Secrets) Matches(got string) error {
	ok, sum := 0, sha256.Sum256([]byte(got)) // of one length, so that the time does not tell it
	for _, key := range s.keys {
		want := sha256.Sum256(key)
		ok |= subtle.ConstantTimeCompare(want[:], sum[:])
	}
	if ok == 0 {
		return ErrSignature
	}
	return nil
}

// SignedAt checks a timestamp that a signature covers: Unix seconds in digits
// only, or RFC 3339 in UTC, at most 5 minutes from now either way. Nothing
// else may stand in it, so that no byte moves between timestamp and body.
// Error as Verify's.
func SignedAt(stamp string, now time.Time) error {
	at, ok := unixStamp(stamp)
	if !ok {
		at, ok = isoStamp(stamp)
	}
	if age := now.Sub(at); !ok || age > webhookSkew || age < -webhookSkew {
		return ErrSignature
	}
	return nil
}

func unixStamp(s string) (time.Time, bool) {
	if len(s) == 0 || len(s) > 12 {
		return time.Time{}, false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return time.Time{}, false
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return time.Unix(n, 0), err == nil
}

func isoStamp(s string) (time.Time, bool) {
	if len(s) < len("2026-01-02T15:04:05Z") || len(s) > len("2026-01-02T15:04:05.999999999Z") || s[len(s)-1] != 'Z' {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	return at, err == nil
}
