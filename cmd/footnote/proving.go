package main

import (
	"context"
	"sync"
	"time"

	"footnote/knowledge"
	"footnote/pipeline"
	"footnote/review/console"
)

// proofPatience is how long a page waits for its proof; it goes on without.
const proofPatience = 10 * time.Second

// prover runs one proof at a time in this process (a second elsewhere costs time
// only), whoever asks: the schedule, the command line, the console. Proofs end with
// close, not with the request that asked. It is safe for concurrent use.
type prover struct {
	prove func(ctx context.Context, by string) (knowledge.Proof, error)
	ctx   context.Context // ends with close
	stop  context.CancelFunc
	wg    sync.WaitGroup

	mu       sync.Mutex
	run      *proofRun // that is under way; nil for none
	failed   error     // of the last one
	failedAt time.Time
}

// proofRun is a proof under way; what it found may be read once done is closed.
type proofRun struct {
	since time.Time
	done  chan struct{}
	proof knowledge.Proof
	err   error
}

func newProver(prove func(ctx context.Context, by string) (knowledge.Proof, error)) *prover {
	p := &prover{prove: prove}
	p.ctx, p.stop = context.WithCancel(context.Background())
	return p
}

// close ends the proof that is under way and waits for it.
func (p *prover) close() {
	p.stop()
	p.wg.Wait()
}

// start returns the proof that is under way, a new one if there was none.
func (p *prover) start(by string) *proofRun {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.run != nil {
		return p.run
	}
	r := &proofRun{since: time.Now(), done: make(chan struct{})}
	if r.err = p.ctx.Err(); r.err != nil { // shutting down
		close(r.done)
		return r
	}
	p.run = r
	p.wg.Go(func() {
		r.proof, r.err = p.prove(p.ctx, by)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.run, p.failed, p.failedAt = nil, r.err, time.Now()
		close(r.done)
	})
	return r
}

// wait returns what the proof found that is under way, or a new one.
func (p *prover) wait(ctx context.Context, by string) (knowledge.Proof, error) {
	r := p.start(by)
	select {
	case <-r.done:
		return r.proof, r.err
	case <-ctx.Done():
		return knowledge.Proof{}, ctx.Err()
	}
}

// Prove implements console.Learning.
func (p *prover) Prove(ctx context.Context, by string) (done bool, err error) {
	r := p.start(by)
	late := time.NewTimer(proofPatience)
	defer late.Stop()
	select {
	case <-r.done:
		return true, r.err
	case <-late.C:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// Proving implements console.Learning.
func (p *prover) Proving() console.Proving {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.run != nil:
		return console.Proving{Since: p.run.since}
	case p.failed != nil:
		return console.Proving{Failed: pipeline.Say(p.failed), FailedAt: p.failedAt}
	}
	return console.Proving{}
}
