package tracking

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// Sweep asks again for drafts that were asked for longer than age ago and never
// came to an outcome (a lost stream, a restored backup). The time doubles with each
// asking; a message that was asked for maxAsks times in vain has failed, with a dead
// letter that can be replayed. An answer that comes later still counts. It returns
// how many drafts it asked for.
func (t *Tracker) Sweep(ctx context.Context, age time.Duration) (int, error) {
	asked := 0
	var failed []overdue
	_, err := t.commit(ctx, func(tx pgx.Tx) (follow []pipeline.Event, err error) {
		late, err := takeOverdue(ctx, tx, age)
		if err != nil {
			return nil, err
		}
		for _, o := range late {
			if o.asks > maxAsks {
				failed = append(failed, o)
				continue
			}
			asked++
			// A new id, or the bus would take it for the one it has seen.
			o.event.ID = fmt.Sprintf("%s/again/%d", o.event.ID, time.Now().Unix())
			follow = append(follow, o.event)
		}
		return follow, nil
	})
	if err != nil {
		return 0, err
	}
	for _, o := range failed {
		err := t.HandleDead(ctx, pipeline.DeadLetter{Consumer: "drafting", Reason: "no draft came, and no reason why not", Deliveries: o.asks, At: time.Now().UTC(), Event: o.event})
		if err != nil {
			return asked, err
		}
	}
	return asked, nil
}
