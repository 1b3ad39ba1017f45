package console

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/pipeline"
	"footnote/review/access"
	"footnote/review/work"
)

// relatedRows is how many tickets of each kind stand beside a ticket.
const relatedRows = 5

// relatedView is what was there before: the customer's other tickets, and answered
// ones whose words are the same.
type relatedView struct {
	Who    string
	Theirs []queueRow
	Alike  []queueRow
}

// related looks both up. It never fails a page: what cannot be read is not shown.
func (c *Console) related(ctx context.Context, t pipeline.Ticket) *relatedView {
	v := &relatedView{Who: personName(t.Requester)}
	seen := map[pipeline.TicketRef]bool{t.TicketRef: true}
	find := func(view work.View, words string, take func(work.Row) bool) (out []queueRow) {
		f, err := c.Queue.Search(ctx, work.Filter{View: view, Words: words, Newest: true, Limit: pageRows})
		var page work.Page
		if err == nil {
			page, err = c.Queue.Queue(ctx, f)
		}
		if err != nil {
			c.Log.WarnContext(ctx, "find related tickets", "ticket", t.TicketRef.String(), "error", err)
			return nil
		}
		for _, r := range page.Rows {
			if !seen[r.Ticket] && len(out) < relatedRows && take(r) {
				seen[r.Ticket] = true
				out = append(out, c.queueRow(r))
			}
		}
		return out
	}
	if email := t.Requester.Email; email != "" {
		v.Theirs = find(work.All, email, func(r work.Row) bool { return strings.EqualFold(r.Requester.Email, email) })
	}
	words := telling(t)
	for n := len(words); n > 0 && len(v.Alike) == 0; n-- { // with fewer words until something has them
		v.Alike = find(work.Done, strings.Join(words[:n], " "), func(r work.Row) bool {
			return r.Why == pipeline.WhyAnsweredByUs || r.Why == pipeline.WhyAnsweredAtDesk
		})
	}
	return v
}

// tellingWords is how many words of a ticket are looked for.
const tellingWords = 4

// telling are the words of a ticket's subject, or of the question if it has none, that
// say most: the longest first.
func telling(t pipeline.Ticket) []string {
	said := t.Subject
	if m, ok := t.LastCustomerMessage(); ok && len(strings.Fields(said)) < 2 {
		said += " " + short(m.Text, 300)
	}
	words := strings.FieldsFunc(strings.ToLower(said), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	words = slices.DeleteFunc(words, func(w string) bool { return utf8.RuneCountInString(w) < 4 })
	slices.SortStableFunc(words, func(a, b string) int { return utf8.RuneCountInString(b) - utf8.RuneCountInString(a) })
	words = slices.Compact(words)
	return words[:min(len(words), tellingWords)]
}

// handTo lists people and queues that a ticket can be handed off to, anybody first.
func (c *Console) handTo(ctx context.Context, a pipeline.Agent) []option {
	out := []option{{"", "Anybody"}}
	if c.People != nil {
		accounts, err := c.People.Accounts(ctx)
		if err != nil {
			c.Log.WarnContext(ctx, "list people to hand off to", "error", err)
		}
		for _, p := range accounts {
			if p.ID != a.ID && p.DisabledAt.IsZero() && access.May(p.Role, access.Decide) {
				out = append(out, option{"agent:" + p.ID, short(plain(personName(pipeline.Person{Name: p.Name, Email: p.Email})), 60)})
			}
		}
	}
	choices, err := c.Queue.Choices(ctx)
	if err != nil {
		c.Log.WarnContext(ctx, "list queues to hand off to", "error", err)
	}
	for _, q := range choices.Queues {
		out = append(out, option{"queue:" + q, "Team " + short(plain(q), 60)})
	}
	if len(out) == 1 {
		return nil
	}
	return out
}
