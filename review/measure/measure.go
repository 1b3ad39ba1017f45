package measure

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// Reporter reads the figures from Postgres. It is safe for concurrent use.
type Reporter struct {
	pool *pgxpool.Pool
}

// New builds a Reporter.
func New(pool *pgxpool.Pool) *Reporter { return &Reporter{pool: pool} }

// MaxDays is the longest period a report covers: two years.
const MaxDays = 731

// LastDays selects whole UTC days, today the last of them.
func LastDays(n int, now time.Time) Filter {
	tomorrow := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)
	return Filter{From: tomorrow.AddDate(0, 0, -n), To: tomorrow}
}

// refreshWait is how long a report waits for the newest changes to be counted. What
// is left is told as Behind.
const refreshWait = 1500 * time.Millisecond

// snapshot runs f on one state of the database.
func (r *Reporter) snapshot(ctx context.Context, f func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, r.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, f)
}

// Report computes every figure over [From, To). The error kind is Invalid for a
// period that is reversed or longer than MaxDays, and for a desk, queue or agent that
// is not known.
func (r *Reporter) Report(ctx context.Context, f Filter) (Report, error) {
	f, err := r.check(ctx, f)
	if err != nil {
		return Report{}, err
	}
	rep := Report{From: f.From, To: f.To, Outcomes: map[pipeline.OutcomeKind]int{}, Decisions: map[string]int{}, Deliveries: map[pipeline.DeliveryState]int{}}
	if rep.Behind, err = r.Refresh(ctx, refreshWait); err != nil {
		return rep, err
	}
	err = r.snapshot(ctx, func(tx pgx.Tx) error {
		scopes, err := r.scopes(ctx, tx, f)
		if err != nil {
			return err
		}
		cells, err := tally(ctx, tx, f, scopes)
		if err != nil {
			return err
		}
		rep.count(cells)
		if err := rep.durations(ctx, tx, f, scopes, cells); err != nil {
			return err
		}
		if rep.CostMicros, err = spent(ctx, tx, f); err != nil {
			return err
		}
		return holdout(ctx, tx, f, scopes, &rep)
	})
	return rep, err
}

// count fills in what is counted.
func (rep *Report) count(cells map[cell]*spread) {
	for _, k := range pipeline.OutcomeKinds {
		rep.Outcomes[k] = 0
	}
	bands := map[float64]*Band{}
	for c, s := range cells {
		switch c.noun {
		case "outcome":
			rep.Arrivals += s.n
			if c.part == "pending" {
				rep.Pending = s.n
			} else {
				rep.Outcomes[pipeline.OutcomeKind(c.part)] = s.n
			}
		case "decision":
			rep.Decisions[c.part] = s.n
			switch c.part {
			case "approve", "edit", "reject", "hand_off":
				rep.Decided += s.n
			}
		case "delivery":
			rep.Deliveries[pipeline.DeliveryState(c.part)] = s.n
		case "band":
			from, kind, _ := strings.Cut(c.part, ":")
			x, err := strconv.ParseFloat(from, 64)
			if err != nil {
				continue // the SQL writes numbers
			}
			if bands[x] == nil {
				bands[x] = &Band{From: x}
			}
			bands[x].Decided += s.n
			if kind != "reject" {
				bands[x].Approved += s.n
			}
		}
	}
	for _, b := range bands {
		rep.Bands = append(rep.Bands, *b)
	}
	slices.SortFunc(rep.Bands, func(a, b Band) int { return int((a.From - b.From) * 10) })
}

// durations fills in the distributions and the trend. The value of a ticket is the
// sum of its closed spans of one kind. The trend, one entry per UTC day, is the
// treatment arm's: pooled with the control arm it would move with the day's mix.
func (rep *Report) durations(ctx context.Context, tx pgx.Tx, f Filter, scopes []string, cells map[cell]*spread) error {
	rep.Days = make([]Day, dayOf(f.To.Add(-time.Microsecond))-dayOf(f.From)+1)
	trend, err := daily(ctx, tx, f, scopes, rep.Days)
	if err != nil {
		return err
	}
	get := func(noun string) *spread {
		if s := cells[cell{noun, ""}]; s != nil {
			return s
		}
		return &spread{}
	}
	var handling []*spread
	for c, s := range cells {
		if c.noun == "handling" {
			handling = append(handling, s)
		}
	}
	slices.SortFunc(handling, func(a, b *spread) int { // by kind, then treatment before control
		ak, aa, _ := strings.Cut(a.part, ":")
		bk, ba, _ := strings.Cut(b.part, ":")
		if ak != bk {
			return strings.Compare(ak, bk)
		}
		return strings.Compare(ba, aa)
	})
	response, resolution, distance := get("first_response"), get("resolution"), get("distance")
	if err := lookUp(ctx, tx, f, slices.Concat(handling, trend, []*spread{response, resolution, distance})); err != nil {
		return err
	}
	rep.Handling = make([]Figure, 0, len(handling))
	for _, s := range handling {
		kind, arm, _ := strings.Cut(s.part, ":")
		fig := s.figure()
		fig.Kind, fig.Arm = kind, pipeline.Arm(arm)
		if c := cells[cell{"capped", s.part}]; c != nil {
			fig.Capped = c.n
		}
		rep.Handling = append(rep.Handling, fig)
	}
	rep.FirstResponse, rep.Resolution = response.figure(), resolution.figure()
	rep.Distance = distance.figure().MedianMS
	for i, s := range trend {
		fig, d := s.figure(), &rep.Days[i]
		d.MedianMS, d.LowMS, d.HighMS, d.N = fig.MedianMS, fig.LowMS, fig.HighMS, fig.N
	}
	return nil
}
