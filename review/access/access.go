// Package access knows who people are and what each role may do: accounts,
// one-time sign-in links, sessions, and one table of permissions.
//
// Of a link and of a session only the SHA-256 of the token is stored, so that a
// copy of the database signs nobody in. Times are the database's clock.
//
// It does not speak HTTP beyond naming its cookie: pages are in review/console.
package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// Config of a Service.
type Config struct {
	Pool    *pgxpool.Pool
	Link    time.Duration // how long one's own sign-in link works; 0 means 15 min
	Session time.Duration // how long a session lives without a request; 0 means 12 h
	// Longest is how long a session lives at most, however many requests; 0 means a week.
	Longest time.Duration
}

// Service is safe for concurrent use, also by several processes on one database.
type Service struct {
	pool    *pgxpool.Pool
	link    time.Duration
	session time.Duration
	longest time.Duration
}

// New builds a Service.
func New(c Config) *Service {
	if c.Link <= 0 {
		c.Link = 15 * time.Minute
	}
	if c.Session <= 0 {
		c.Session = 12 * time.Hour
	}
	if c.Longest <= 0 {
		c.Longest = 7 * 24 * time.Hour
	}
	return &Service{pool: c.Pool, link: c.Link, session: min(c.Session, c.Longest), longest: c.Longest}
}

// Account is an agent as administrators see them.
type Account struct {
	pipeline.Agent
	CreatedAt  time.Time `json:"created_at"`
	DisabledAt time.Time `json:"disabled_at,omitzero"` // zero while the account works
	SeenAt     time.Time `json:"seen_at,omitzero"`     // start of the latest session; zero when there was none
}

// Ensure creates the account with a.Email (lower-cased) unless it exists, and
// returns it as it stands. An existing account keeps its name and role: the
// configuration makes accounts, people change them. An empty a.Name becomes the
// part of the address before the @, an empty a.Role "agent". The error kind is
// Invalid for an unusable address, name or role, and Denied when the account is
// disabled.
func (s *Service) Ensure(ctx context.Context, a pipeline.Agent) (pipeline.Agent, error) {
	a, err := valid(a)
	if err != nil {
		return pipeline.Agent{}, err
	}
	if _, err := s.create(ctx, "footnote", a); err != nil {
		return pipeline.Agent{}, err
	}
	return s.AgentByEmail(ctx, a.Email)
}

// Add creates an account for somebody; by stands in the audit log. The error kind
// is Invalid for an unusable address, name or role, and Conflict for an address
// that has an account, also a disabled one.
func (s *Service) Add(ctx context.Context, by, a pipeline.Agent) (pipeline.Agent, error) {
	a, err := valid(a)
	if err != nil {
		return pipeline.Agent{}, err
	}
	switch made, err := s.create(ctx, by.ID, a); {
	case err != nil:
		return pipeline.Agent{}, err
	case !made:
		return pipeline.Agent{}, pipeline.Errorf(pipeline.Conflict, "%s has an account already. Change its role, or give its access back.", a.Email)
	}
	return s.AgentByEmail(ctx, a.Email)
}

func valid(a pipeline.Agent) (pipeline.Agent, error) {
	email, err := address(a.Email)
	if err != nil {
		return a, err
	}
	a.Email = email
	if a.Name = strings.Join(strings.Fields(a.Name), " "); a.Name == "" {
		a.Name, _, _ = strings.Cut(email, "@")
	}
	if a.Role == "" {
		a.Role = RoleAgent
	}
	if !Known(a.Role) {
		return a, pipeline.Errorf(pipeline.Invalid, "There is no role %q; use one of %s.", a.Role, strings.Join(Roles, ", "))
	}
	if utf8.RuneCountInString(a.Name) > 100 || !utf8.ValidString(a.Name) {
		return a, pipeline.Errorf(pipeline.Invalid, "The name must be at most 100 characters of text.")
	}
	return a, nil
}

// address returns the e-mail address in the form accounts are keyed by.
func address(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if len(s) > 254 || !utf8.ValidString(s) {
		return "", pipeline.Errorf(pipeline.Invalid, "That is not an e-mail address.")
	}
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Address != s {
		return "", pipeline.Errorf(pipeline.Invalid, "%q is not an e-mail address.", s)
	}
	return s, nil
}

// newToken returns 32 random bytes as text, and what is stored of them.
func newToken() (token string, hash []byte) {
	var b [32]byte
	rand.Read(b[:]) // never fails
	token = base64.RawURLEncoding.EncodeToString(b[:])
	return token, digest(token)
}

func digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// CookieName is the session cookie's name. With secure it carries the __Host-
// prefix, which browsers accept only from HTTPS, for this host and for path "/".
func CookieName(secure bool) string {
	if secure {
		return "__Host-footnote"
	}
	return "footnote"
}

// Cookie carries a session token: HttpOnly, SameSite=Lax, Secure as told. An
// empty token makes the cookie that removes it. It has no expiry of its own;
// the session has.
func Cookie(token string, secure bool) *http.Cookie {
	c := &http.Cookie{Name: CookieName(secure), Value: token, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}

var (
	errLink    = pipeline.Errorf(pipeline.Denied, "This sign-in link does not work any more: it was used, or it is too old. Ask for a new one.")
	errSession = pipeline.Errorf(pipeline.NotFound, "There is no such session. Sign in.")
)

func errDisabled(email string) error {
	return pipeline.Errorf(pipeline.Denied, "The account %s is disabled. Ask an administrator.", email)
}

func errNobody(email string) error {
	return pipeline.Errorf(pipeline.NotFound, "There is no account for %s. Ask an administrator.", fmt.Sprintf("%q", email))
}
