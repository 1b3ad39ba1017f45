package access

import (
	"context"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
	"footnote/review/audit"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

var ada = pipeline.Agent{Name: "Ada Lovelace", Email: "Ada@Example.com", Role: RoleAdmin}

func setup(t *testing.T) (*Service, *pgxpool.Pool, pipeline.Agent) {
	t.Helper()
	t.Parallel()
	pool := pgtest.New(t)
	s := New(Config{Pool: pool})
	a, err := s.Ensure(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	return s, pool, a
}

func exec(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	tag, err := pool.Exec(context.Background(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	if tag.RowsAffected() == 0 {
		t.Fatalf("%s: no rows", sql)
	}
}

func wantKind(t *testing.T, err error, kind pipeline.Kind) {
	t.Helper()
	if err == nil || pipeline.KindOf(err) != kind {
		t.Errorf("error %v (%v), want kind %v", err, pipeline.KindOf(err), kind)
	}
}

var onCommandLine = pipeline.Agent{ID: "command line"}

func signIn(t *testing.T, s *Service, email string) string {
	t.Helper()
	link, err := s.Link(t.Context(), onCommandLine, email)
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := s.SignIn(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestEnsureKeepsWhatPeopleChanged(t *testing.T) {
	s, _, a := setup(t)
	if a.Email != "ada@example.com" || a.Role != RoleAdmin || a.ID == "" {
		t.Fatalf("account is %+v", a)
	}
	again, err := s.Ensure(t.Context(), pipeline.Agent{Name: "Other", Email: "ADA@example.com", Role: RoleAgent})
	if err != nil || again != a {
		t.Errorf("Ensure again = %+v, %v; want %+v", again, err, a)
	}
	plain, err := s.Ensure(t.Context(), pipeline.Agent{Email: "you@localhost"})
	if err != nil || plain.Name != "you" || plain.Role != RoleAgent {
		t.Errorf("defaults give %+v, %v", plain, err)
	}
	for _, bad := range []pipeline.Agent{{}, {Email: "nobody"}, {Email: "Ada <ada@example.com>"}, {Email: "a@b.c\nBcc: x@y.z"},
		{Email: "x@example.com", Role: "root"}, {Email: "x@example.com", Name: strings.Repeat("x", 101)}, {Email: "x@example.com", Name: "\xff"}} {
		_, err := s.Ensure(t.Context(), bad)
		wantKind(t, err, pipeline.Invalid)
	}
}

// TestAddAndInvite: an administrator adds somebody once, and hands over a link
// that works for a day; both stand in the audit log under the administrator.
func TestAddAndInvite(t *testing.T) {
	s, pool, a := setup(t)
	bob, err := s.Add(t.Context(), a, pipeline.Agent{Name: " Bob  Roe ", Email: "Bob@Example.com", Role: RoleManager})
	if err != nil || bob.Name != "Bob Roe" || bob.Email != "bob@example.com" || bob.Role != RoleManager {
		t.Fatalf("Add = %+v, %v", bob, err)
	}
	for _, again := range []string{"bob@example.com", "ADA@example.com"} {
		_, err = s.Add(t.Context(), a, pipeline.Agent{Email: again})
		wantKind(t, err, pipeline.Conflict)
	}
	_, err = s.Add(t.Context(), a, pipeline.Agent{Email: "eve@example.com", Role: "root"})
	wantKind(t, err, pipeline.Invalid)
	link, err := s.Invite(t.Context(), a, "bob@example.com")
	if err != nil {
		t.Fatal(err)
	}
	exec(t, pool, `UPDATE login_links SET created_at = created_at - interval '23 hours', expires_at = expires_at - interval '23 hours'`)
	if _, who, err := s.SignIn(t.Context(), link); err != nil || who != bob {
		t.Errorf("after 23 hours: %+v, %v", who, err)
	}
	if err := s.Disable(t.Context(), a, "bob@example.com"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Add(t.Context(), a, pipeline.Agent{Email: "bob@example.com"})
	wantKind(t, err, pipeline.Conflict)
	_, err = s.Invite(t.Context(), a, "bob@example.com")
	wantKind(t, err, pipeline.Denied)
	var log []string
	if err := pool.QueryRow(t.Context(), `SELECT array_agg(action ORDER BY seq) FROM audit_log WHERE actor = $1`, a.ID).Scan(&log); err != nil {
		t.Fatal(err)
	}
	if want := "account.created link.made account.disabled"; strings.Join(log, " ") != want {
		t.Errorf("the audit log has %v", log)
	}
}

func TestAgentByEmail(t *testing.T) {
	s, _, a := setup(t)
	got, err := s.AgentByEmail(t.Context(), "  ADA@example.COM ")
	if err != nil || got != a {
		t.Errorf("AgentByEmail = %+v, %v", got, err)
	}
	_, err = s.AgentByEmail(t.Context(), "eve@example.com")
	wantKind(t, err, pipeline.NotFound)
	_, err = s.AgentByEmail(t.Context(), "' OR 1=1 --")
	wantKind(t, err, pipeline.NotFound)
	if _, err := s.Ensure(t.Context(), pipeline.Agent{Email: "bob@example.com"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Disable(t.Context(), a, "Bob@example.com"); err != nil {
		t.Fatal(err)
	}
	_, err = s.AgentByEmail(t.Context(), "bob@example.com")
	wantKind(t, err, pipeline.Denied)
}

func TestLinkWorksOnce(t *testing.T) {
	s, pool, a := setup(t)
	link, err := s.Link(t.Context(), onCommandLine, ada.Email)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // previews in chats
		if who, err := s.Peek(t.Context(), link); err != nil || who != a {
			t.Fatalf("Peek = %+v, %v", who, err)
		}
	}
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			token, who, err := s.SignIn(t.Context(), link)
			switch {
			case err == nil && who == a && token != "":
				won.Add(1)
			case pipeline.KindOf(err) != pipeline.Denied:
				t.Errorf("SignIn: %v", err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d sign-ins by one link, want 1", won.Load())
	}
	_, err = s.Peek(t.Context(), link)
	wantKind(t, err, pipeline.Denied)
	var plain int
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM login_links WHERE position(convert_to($1, 'UTF8') IN token_hash) > 0`, link).Scan(&plain); err != nil || plain != 0 {
		t.Errorf("the token itself is stored (%d, %v)", plain, err)
	}
}

func TestLinkExpires(t *testing.T) {
	s, pool, _ := setup(t)
	link, err := s.Link(t.Context(), onCommandLine, ada.Email)
	if err != nil {
		t.Fatal(err)
	}
	var ttl time.Duration
	if err := pool.QueryRow(t.Context(), `SELECT expires_at - created_at FROM login_links`).Scan(&ttl); err != nil || ttl != 15*time.Minute {
		t.Errorf("a link lives %v (%v), want 15 min", ttl, err)
	}
	exec(t, pool, `UPDATE login_links SET expires_at = now()`)
	_, err = s.Peek(t.Context(), link)
	wantKind(t, err, pipeline.Denied)
	_, _, err = s.SignIn(t.Context(), link)
	wantKind(t, err, pipeline.Denied)
	_, _, err = s.SignIn(t.Context(), "")
	wantKind(t, err, pipeline.Denied)
}

func TestSessionSlidesAndEnds(t *testing.T) {
	s, pool, a := setup(t)
	token := signIn(t, s, ada.Email)
	who, err := s.FindSession(t.Context(), token)
	if err != nil || who != a {
		t.Fatalf("FindSession = %+v, %v", who, err)
	}
	exec(t, pool, `UPDATE sessions SET expires_at = now() + interval '1 minute'`)
	if _, err := s.FindSession(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	var left time.Duration
	if err := pool.QueryRow(t.Context(), `SELECT expires_at - now() FROM sessions`).Scan(&left); err != nil || left < 11*time.Hour {
		t.Errorf("a used session lives %v more (%v), want about 12 h", left, err)
	}
	if err := s.SignOut(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	_, err = s.FindSession(t.Context(), token)
	wantKind(t, err, pipeline.NotFound)

	other := signIn(t, s, ada.Email)
	exec(t, pool, `UPDATE sessions SET expires_at = now() WHERE ended_at IS NULL`)
	_, err = s.FindSession(t.Context(), other)
	wantKind(t, err, pipeline.NotFound)
	for _, bad := range []string{"", "x", other + "x", strings.Repeat("a", 10_000)} {
		_, err = s.FindSession(t.Context(), bad)
		wantKind(t, err, pipeline.NotFound)
	}
}

// TestSessionEndsForGood: a session in use slides on, and never beyond its longest life.
func TestSessionEndsForGood(t *testing.T) {
	s, pool, _ := setup(t)
	token := signIn(t, s, ada.Email)
	exec(t, pool, `UPDATE sessions SET created_at = now() - interval '7 days' + interval '1 hour', expires_at = now() + interval '1 minute'`)
	if _, err := s.FindSession(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	var left time.Duration
	if err := pool.QueryRow(t.Context(), `SELECT expires_at - now() FROM sessions`).Scan(&left); err != nil || left > time.Hour || left < 50*time.Minute {
		t.Errorf("a session of almost a week lives %v more (%v), want an hour", left, err)
	}
	exec(t, pool, `UPDATE sessions SET created_at = now() - interval '7 days' - interval '1 second', expires_at = now() + interval '5 hours'`)
	_, err := s.FindSession(t.Context(), token)
	wantKind(t, err, pipeline.NotFound)
}

func TestDisabledIsOutAtOnce(t *testing.T) {
	s, _, a := setup(t)
	if _, err := s.Ensure(t.Context(), pipeline.Agent{Email: "bob@example.com", Role: RoleManager}); err != nil {
		t.Fatal(err)
	}
	token := signIn(t, s, "bob@example.com")
	link, err := s.Link(t.Context(), onCommandLine, "bob@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Disable(t.Context(), a, "bob@example.com"); err != nil {
		t.Fatal(err)
	}
	_, err = s.FindSession(t.Context(), token)
	wantKind(t, err, pipeline.NotFound)
	_, _, err = s.SignIn(t.Context(), link)
	wantKind(t, err, pipeline.Denied)
	_, err = s.Link(t.Context(), onCommandLine, "bob@example.com")
	wantKind(t, err, pipeline.Denied)
	_, err = s.Ensure(t.Context(), pipeline.Agent{Email: "bob@example.com"})
	wantKind(t, err, pipeline.Denied)
	if err := s.Enable(t.Context(), a, "bob@example.com"); err != nil {
		t.Fatal(err)
	}
	_, err = s.FindSession(t.Context(), token) // whoever has an old session or link stays out
	wantKind(t, err, pipeline.NotFound)
	_, _, err = s.SignIn(t.Context(), link)
	wantKind(t, err, pipeline.Denied)
	if _, err := s.FindSession(t.Context(), signIn(t, s, "bob@example.com")); err != nil {
		t.Errorf("enabled again: %v", err)
	}
}

func TestLastAdministratorStays(t *testing.T) {
	s, pool, a := setup(t)
	wantKind(t, s.Disable(t.Context(), a, ada.Email), pipeline.Conflict)
	wantKind(t, s.SetRole(t.Context(), a, ada.Email, RoleAgent), pipeline.Conflict)
	wantKind(t, s.SetRole(t.Context(), a, ada.Email, "root"), pipeline.Invalid)
	wantKind(t, s.SetRole(t.Context(), a, "nobody@example.com", RoleAgent), pipeline.NotFound)
	if _, err := s.Ensure(t.Context(), pipeline.Agent{Email: "bob@example.com"}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetRole(t.Context(), a, "bob@example.com", RoleAdmin); err != nil {
		t.Fatal(err)
	}
	// Each takes the other's role away at the same moment: one must stay.
	var wg sync.WaitGroup
	for _, email := range []string{ada.Email, "bob@example.com"} {
		wg.Go(func() {
			if err := s.Disable(t.Context(), a, email); err != nil && pipeline.KindOf(err) != pipeline.Conflict {
				t.Errorf("Disable: %v", err)
			}
		})
	}
	wg.Wait()
	accounts, err := s.Accounts(t.Context())
	if err != nil || len(accounts) != 2 {
		t.Fatalf("Accounts = %v, %v", accounts, err)
	}
	if !accounts[0].DisabledAt.IsZero() || accounts[1].DisabledAt.IsZero() {
		t.Errorf("want one account working, then one disabled: %+v", accounts)
	}
	if n, _, err := audit.Verify(t.Context(), pool); err != nil || n < 4 {
		t.Errorf("audit chain: %d rows, %v", n, err)
	}
}

func TestRolesTable(t *testing.T) {
	for p, roles := range permits {
		for _, r := range roles {
			if !Known(r) {
				t.Errorf("%s names the unknown role %q", p, r)
			}
		}
		if !May(RoleAdmin, p) {
			t.Errorf("an admin may not %s", p)
		}
		for _, r := range []string{"", "root", "Admin"} {
			if May(r, p) {
				t.Errorf("the unknown role %q may %s", r, p)
			}
		}
	}
	if May(RoleAdmin, "fly") {
		t.Error("a permission that is not in the table is granted")
	}
	if May(RoleOwner, Decide) || May(RoleAgent, SeeReports) || May(RoleManager, ManageAccounts) {
		t.Error("the table grants too much")
	}
}

func TestCookie(t *testing.T) {
	c := Cookie("x", true)
	if c.Name != "__Host-footnote" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("secure cookie is %v", c)
	}
	if c := Cookie("", false); c.Name != "footnote" || c.MaxAge >= 0 || c.Secure {
		t.Errorf("removing cookie is %v", c)
	}
}
