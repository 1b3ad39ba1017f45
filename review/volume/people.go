package volume

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// agents is how many work on the tickets.
const agents = 40

// agentOf is the n-th agent; Ana Ortiz is the first.
func agentOf(n int) pipeline.Agent {
	name := first[n%len(first)] + " " + last[n%len(last)]
	return pipeline.Agent{ID: fmt.Sprint("agent-", n), Name: name, Email: strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@footnote.test", Role: "agent"}
}

// Agent is one of those who worked in the past.
func Agent() pipeline.Agent { return agentOf(0) }

// passageID names the one passage of an article.
func passageID(n int) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "footnote/volume/%d", n)).String()
}

// people writes who works there and what drafts cite.
func (p *past) people(ctx context.Context, conn *pgx.Conn) error {
	for n := range agents {
		a := agentOf(n)
		p.add("agents", a.ID, a.Name, a.Email, a.Role)
	}
	p.add("sources", "help", "folder", "help")
	for n := range articles {
		id, title, text := article(n)
		p.add("documents", id, "help", id, 1, title, "public", id, id, len(text))
		p.add("document_versions", id, 1, title, text, id)
		p.add("passages", uuid.MustParse(passageID(n)), id, 1, 0, text, 0, len(text), id, []int32{})
	}
	p.add("desk_imports", "zendesk", p.c.Now.AddDate(-2, 0, 0), "", true, p.c.Tickets/5, p.c.Now)
	p.add("holdouts", p.c.Now.AddDate(0, 0, -p.c.Days), .1)
	return p.copy(ctx, conn)
}

// seal chains the chunk's entries as the audit log does, in the order of their time.
func (p *past) seal() {
	slices.SortStableFunc(p.entries, func(a, b entry) int { return cmp.Compare(a.at.UnixMilli(), b.at.UnixMilli()) })
	for _, e := range p.entries {
		p.seq++
		hash := e.Hash(p.head, p.seq, e.at)
		p.add("audit_log", p.seq, e.at, e.Actor, e.Action, e.Object, e.Detail, p.head, hash)
		p.head = hash
	}
	p.entries = p.entries[:0]
}
