package console

import (
	"context"
	"strings"
	"testing"

	"footnote/review/access"
	"footnote/review/audit"
)

var _ Audit = (*audit.Log)(nil)

// TestAuditPage: rows lead to their tickets and to older ones, the chain's state
// stands above them, and a ticket's history leads to its rows.
func TestAuditPage(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	a := ask(t, c, access.RoleManager, "/audit", nil)
	want(t, a, 200, "The chain holds: rows 1 to 120", "Jo Marsh", "draft.approve", "surface: console", "sandbox/1046")
	if n := len(a.find("tr", "", "")); n != auditRows+1 {
		t.Errorf("%d rows", n)
	}
	if len(a.find("a", "href", "/audit?before=71")) != 1 {
		t.Error("no link leads to older rows")
	}
	want(t, ask(t, c, access.RoleManager, "/audit?before=21", nil), 200, "Newest")
	a = ask(t, c, access.RoleManager, "/audit?ticket=sandbox/1046", nil)
	want(t, a, 200, "Only drafts of ticket sandbox/1046", "Show everything")
	if strings.Contains(a.words(), "account.created") {
		t.Error("the rows are of everything")
	}
	want(t, ask(t, c, access.RoleManager, "/audit?ticket=sandbox/none", nil), 200, "Nobody decided anything about this ticket")
	want(t, ask(t, c, access.RoleManager, "/audit?ticket=1046", nil), 422, "desk/number")
	want(t, ask(t, c, access.RoleManager, "/audit?before=x", nil), 422, "no row")
	w.chain.Behind = true
	want(t, ask(t, c, access.RoleManager, "/audit", nil), 200, "Being verified", "rows 1 to 120 hold so far")
	w.chain.Behind, w.chain.Checked = false, 9
	want(t, ask(t, c, access.RoleManager, "/audit", nil), 200, "is so in the tables")
	w.chain.Different = []audit.Different{{Ref: audit.Ref{Table: "spans", Key: "abc"}, Seq: 70, Log: "ana 40000", Now: "ana 12000"}, {Ref: audit.Ref{Table: "spans", Key: "def"}, Seq: 71, Log: "ben 9"}}
	a = ask(t, c, access.RoleManager, "/audit", nil)
	want(t, a, 200, "The chain holds", "2 rows that the report is made of are not as the log says", "ana 12000", "it is gone")
	if len(a.find("a", "href", "/audit?before=71")) != 2 || strings.Contains(a.words(), "is so in the tables") {
		t.Error("what differs leads to no row of the log, or is said to be so")
	}
	w.chain.Different = nil
	w.chain.Broken = &audit.Broken{Seq: 118, Why: "its content was changed"}
	a = ask(t, c, access.RoleManager, "/audit", nil)
	want(t, a, 200, "The chain is broken at row 118: its content was changed", "118 Broken")
	if strings.Contains(a.words(), "The chain holds") {
		t.Error("the chain holds and is broken")
	}
	w.failChain = context.DeadlineExceeded
	a = ask(t, c, access.RoleManager, "/audit", nil)
	want(t, a, 200, "The chain was not verified", "draft.approve")
	if strings.Contains(a.words(), "The chain is broken") {
		t.Error("a chain that was not walked is judged")
	}
	w.failChain = nil
	for role, links := range map[string]int{access.RoleManager: 1, access.RoleAgent: 0} {
		if n := len(ask(t, c, role, "/tickets/sandbox/1046", nil).find("a", "href", "/audit?ticket=sandbox%2F1046")); n != links {
			t.Errorf("%s: %d links to the audit trail", role, n)
		}
	}
}
