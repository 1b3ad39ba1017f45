package main

import (
	"bytes"
	"strings"
	"testing"

	"footnote/pipeline"
	"footnote/review/audit"
)

// TestPeopleCommand: somebody is added, changed, removed and let in again; the
// last administrator stays; the first account may go once there is another.
func TestPeopleCommand(t *testing.T) {
	t.Parallel()
	dir := scratchDir(t, "people")
	a, stop := runningIn(t, dir)
	said := func(cmd command) string {
		t.Helper()
		var out bytes.Buffer
		if err := cmd.run(t.Context(), a, &out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	refused := func(cmd command, kind pipeline.Kind) {
		t.Helper()
		if err := cmd.run(t.Context(), a, &bytes.Buffer{}); pipeline.KindOf(err) != kind {
			t.Errorf("%+v: %v", cmd, err)
		}
	}
	refused(&peopleRemoveCmd{Email: a.c.AdminEmail}, pipeline.Conflict)
	out := said(&peopleAddCmd{Email: "Ann@example.com", Name: "Ann Bell", Role: "agent"})
	_, token, _ := strings.Cut(strings.TrimSpace(out), "/sign-in/")
	if _, who, err := a.access.SignIn(t.Context(), token); err != nil || who.Email != "ann@example.com" {
		t.Errorf("the link signs in %+v (%v): %s", who, err, out)
	}
	refused(&peopleAddCmd{Email: "ann@example.com", Role: "agent"}, pipeline.Conflict)
	refused(&peopleAddCmd{Email: "bob@example.com", Role: "boss"}, pipeline.Invalid)
	refused(&peopleRoleCmd{Email: "nobody@example.com", Role: "admin"}, pipeline.NotFound)
	said(&peopleRoleCmd{Email: "ann@example.com", Role: "admin"})
	said(&peopleRemoveCmd{Email: a.c.AdminEmail})
	if out := said(&peopleListCmd{}); !strings.Contains(out, "Ann Bell") || !strings.Contains(out, "removed ") {
		t.Errorf("the list is %s", out)
	}
	n, _, err := audit.Verify(t.Context(), a.p.pool)
	if err != nil || n < 6 {
		t.Errorf("audit: %d rows, %v", n, err)
	}
	stop()
	a, _ = runningIn(t, dir) // also without the first account
	said(&peopleRestoreCmd{Email: a.c.AdminEmail})
}

// TestLinksByCommandAreOnRecord: whoever makes a sign-in link by a command stands in the
// audit log.
func TestLinksByCommandAreOnRecord(t *testing.T) {
	t.Parallel()
	a := running(t)
	var out bytes.Buffer
	if err := (&loginCmd{}).run(t.Context(), a, &out); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := a.p.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit_log WHERE action = 'link.made' AND actor = $1`, onCommandLine.ID).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d rows, %v", n, err)
	}
}
