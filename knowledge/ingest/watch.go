package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"footnote/knowledge"
	"footnote/pipeline"
)

// sight is what a look at the index found right: while neither changes, it is.
type sight struct {
	points     int
	generation int64
}

// gapShare is the share of the passages, one in so many, from which on those that the
// index lacks stop searches: fewer hardly any question meets, and they are put back
// meanwhile.
const gapShare = 100

// Look tells what is the matter with the index; nil when searches can rely on it. It
// changes nothing and costs two short calls to the index and one to Postgres, more only
// after something changed. Kinds: Unavailable when it does not answer or lacks passages,
// NotFound when it is gone, Denied when it refuses our key or is another installation's.
func (k *Ingester) Look(ctx context.Context) error {
	ix, err := k.OpenIndex(ctx)
	if err != nil {
		if pipeline.KindOf(err) == pipeline.Conflict && ix != nil && k.Remaking() {
			return pipeline.Errorf(pipeline.Unavailable, "The search index is being made anew for other vectors; until then words alone find passages.")
		}
		return err
	}
	if gaps := k.Gaps(); gaps != "" {
		return pipeline.Errorf(pipeline.Unavailable, "The search index is being repaired: %s. Tickets wait for it.", gaps)
	}
	seen, err := k.look(ctx, ix)
	if err == nil && seen.wrong != "" {
		err = pipeline.Errorf(pipeline.Unavailable, "The search index is not right: %s. It is being repaired.", seen.wrong)
	}
	return err
}

// seen is what is wrong with an index, by numbers alone.
type seen struct {
	wrong string // empty: nothing
	gaps  bool   // so much is missing that searches cannot rely on it
}

func (k *Ingester) look(ctx context.Context, ix knowledge.Index) (seen, error) {
	generation, err := k.generation(ctx)
	if err != nil {
		return seen{}, err
	}
	have := k.looked.Load()
	if have != nil && have.generation == generation {
		if n, err := ix.Count(ctx); err != nil || n == have.points {
			return seen{}, err
		}
	}
	// Postgres first: what a sync adds meanwhile makes the index have more, not less.
	least, pending, err := k.expected(ctx)
	if err != nil {
		return seen{}, err
	}
	points, err := ix.Count(ctx)
	if err != nil {
		return seen{}, err
	}
	var out seen
	switch {
	case points < least:
		out.wrong = fmt.Sprintf("it lacks %d of %d passages", least-points, least)
		out.gaps = (least-points)*gapShare > least
	case points > least && !pending:
		out.wrong = fmt.Sprintf("it holds %d points more than there are passages", points-least)
	case !pending:
		k.looked.Store(&sight{points, generation})
	}
	if out.wrong != "" {
		if now, err := k.generation(ctx); err != nil || now != generation {
			return seen{}, err // documents changed while we looked
		}
	}
	return out, nil
}

// Watch keeps the index right until ctx ends, looking every so often: one that is gone
// is made again, what is missing is put back, what is too much is taken out, and one
// that was away is compared whole when it answers again. What it did and what stops it
// is in the log, once each. Any number of processes may watch.
func (k *Ingester) Watch(ctx context.Context, every time.Duration) {
	w := watch{k: k, away: true} // nobody has seen it yet
	for {
		began := time.Now()
		err := w.tend(ctx)
		if ctx.Err() != nil {
			return
		}
		w.tell(err)
		t := time.NewTimer(max(every, 10*time.Since(began))) // looking may cost, but not much of the time
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
	}
}

type watch struct {
	k     *Ingester
	away  bool   // it was when we looked last
	trite string // what was said last
}

func (w *watch) tend(ctx context.Context) error {
	k := w.k
	ix, err := k.OpenIndex(ctx)
	switch {
	case err == nil && !w.away:
		return w.repair(ctx, ix)
	case err == nil, unusable(err), errors.Is(err, knowledge.ErrUnmarked):
		if pipeline.KindOf(err) == pipeline.Conflict && ix != nil && k.Remaking() {
			w.away = false
			return nil
		}
		if err := k.Ready(ctx); err != nil {
			return err
		}
		w.away = false
		k.SetGaps("")
		return k.changed(ctx)
	}
	w.away = true
	return err
}

func (w *watch) repair(ctx context.Context, ix knowledge.Index) error {
	found, err := w.k.look(ctx, ix)
	if err != nil || found.wrong == "" && w.k.Gaps() == "" {
		return err
	}
	if found.gaps {
		w.k.SetGaps(found.wrong)
	}
	if _, err := w.k.Heal(ctx); err != nil {
		return err
	}
	w.k.SetGaps("")
	return nil
}

// tell logs what changed.
func (w *watch) tell(err error) {
	switch {
	case err == nil && w.trite != "":
		w.k.Log.Info("the search index is right again")
		w.trite = ""
	case err != nil && pipeline.Say(err) != w.trite:
		w.trite = pipeline.Say(err)
		w.k.Log.Warn("the search index is not right; looking again", "error", err)
	}
}
