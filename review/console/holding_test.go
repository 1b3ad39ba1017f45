package console

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"footnote/review/access"
)

// TestHolding: from the first day to the end of the last, and what the page says.
func TestHolding(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC) }
	noon := day(10).Add(12 * time.Hour)
	for _, c := range []struct {
		from, until time.Time
		words       string
		holds       bool
	}{
		{time.Time{}, time.Time{}, "", true},
		{day(10), time.Time{}, "from 10 Mar 2026", true},
		{day(11), time.Time{}, "from 11 Mar 2026", false},
		{time.Time{}, day(10), "until 10 Mar 2026", true},
		{time.Time{}, day(9), "until 9 Mar 2026", false},
		{day(1), day(31), "1 Mar 2026 to 31 Mar 2026", true},
	} {
		words, holds := holding(Document{ValidFrom: c.from, ValidUntil: c.until}, noon)
		if words != c.words || holds != c.holds {
			t.Errorf("%v to %v: %q %v", c.from, c.until, words, holds)
		}
	}
}

// TestDocumentPageSaysWhetherItIsInForce, and nothing of it without bounds.
func TestDocumentPageSaysWhetherItIsInForce(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	for until, says := range map[int]string{0: "", -2: "Not today: not searched", 2: "In force"} {
		w.documents[0].ValidUntil = time.Time{}
		if until != 0 {
			w.documents[0].ValidUntil = now.AddDate(0, 0, until)
		}
		a := ask(t, c, access.RoleOwner, "/knowledge/document?id="+url.QueryEscape(w.documents[0].ID), nil)
		want(t, a, 200)
		body := a.words()
		if says == "" && strings.Contains(body, "In force") || !strings.Contains(body, says) || until == 2 && strings.Contains(body, "Not today") {
			t.Errorf("until day %+d: want %q", until, says)
		}
	}
}
