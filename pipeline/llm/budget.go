package llm

import (
	"context"
	"sync"
	"time"
	"unicode/utf8"
)

// budget is the daily limit: the most a call can cost is reserved before it and
// settled after it, so that concurrent calls together stay within the limit,
// and over it by at most what one call exceeded its estimate.
type budget struct {
	mu       sync.Mutex
	limit    int64
	day      time.Time
	spent    int64
	reserved int64
	ledger   Spender
	asked    time.Time // when the ledger was asked
}

// fresh is how long the ledger's sum is used before it is asked again.
const fresh = 10 * time.Second

func newBudget(limit int64, l Ledger) *budget {
	b := &budget{limit: limit}
	if limit > 0 {
		b.ledger, _ = l.(Spender)
	}
	return b
}

func (b *budget) turn() {
	if day := time.Now().UTC().Truncate(24 * time.Hour); !day.Equal(b.day) {
		b.day, b.spent, b.asked = day, 0, time.Time{}
	}
}

func (b *budget) today() (int64, int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn()
	return b.spent, b.limit
}

// reserve sets most aside, or says that the limit would be passed.
func (b *budget) reserve(ctx context.Context, most int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn()
	if b.limit <= 0 {
		b.reserved += most
		return true
	}
	if b.ledger != nil && time.Since(b.asked) > fresh {
		b.asked = time.Now()
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		// Without the ledger the own count still holds.
		if sum, err := b.ledger.Spent(ctx, b.day); err == nil {
			b.spent = max(b.spent, sum)
		}
	}
	if b.spent+b.reserved+most > b.limit || b.spent >= b.limit {
		return false
	}
	b.reserved += most
	return true
}

// settle replaces a reservation by what the call did cost.
func (b *budget) settle(reserved, cost int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reserved -= reserved
	b.turn()
	b.spent += cost
}

// cost rounds up, so that many small calls are not free.
func (p Price) cost(u Usage) int64 {
	cached := p.Cached
	if cached == 0 {
		cached = p.Input
	}
	total := (u.Input-u.Cached)*p.Input + u.Cached*cached + u.Output*p.Output
	return (total + 999_999) / 1_000_000
}

// estimate is the most that a request should use: three bytes a token and a
// tenth for the frame. English Markdown has about four.
func estimate(r Request) Usage {
	chars := utf8.RuneCountInString(r.System) + utf8.RuneCountInString(r.User) + len(r.Schema)
	bytes := len(r.System) + len(r.User) + len(r.Schema)
	return Usage{Input: int64(max(chars, bytes*2/3)/3*11/10) + 50, Output: int64(r.MaxOutputTokens), Estimated: true}
}

// settleUsage replaces a missing or impossible usage by an estimate: of a whole
// answer by its size, of a call that broke off by the most it can have used.
func settleUsage(u Usage, r Request, f *fault) Usage {
	est := estimate(r)
	ok := u.Input > 0 && u.Output >= 0 && u.Cached >= 0 && u.Cached <= u.Input && u.Input <= 8*est.Input+10_000 && u.Output <= 20*int64(r.MaxOutputTokens)+10_000
	switch {
	case ok:
		return u
	case f == nil || f.billed:
		return est
	}
	return Usage{}
}
