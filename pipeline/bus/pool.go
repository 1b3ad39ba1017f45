package bus

import (
	"context"
	"sync"
)

// pool shares the workers of one consumer in one process among its lanes. Every
// lane has one worker of its own, which nobody else can take; the others are
// shared. A lane whose events fail or wait shrinks to its own worker, and grows
// again as they succeed, so that what stalls gives back what it had taken.
type pool struct {
	mu      sync.Mutex
	workers int
	used    int // shared workers that are busy
	waiting map[*slots]bool
	changed chan struct{} // closed and replaced at every change
}

// newPool has n workers for a single lane, and one more for each further lane.
func newPool(n int) *pool {
	return &pool{workers: n, waiting: map[*slots]bool{}, changed: make(chan struct{})}
}

// slots are the workers of one lane.
type slots struct {
	p       *pool
	running int
	width   int // how many may run at once
}

// lane begins with half of the workers: one that stalls from its first event on
// never holds them all.
func (p *pool) lane() *slots { return &slots{p: p, width: (p.workers + 1) / 2} }

// fits says whether the lane may start one more now. A lane that waits for a
// worker and runs fewer goes first.
func (s *slots) fits() bool {
	switch {
	case s.running >= s.width:
		return false
	case s.running == 0:
		return true
	case s.p.used >= s.p.workers-1:
		return false
	}
	for other := range s.p.waiting {
		if other != s && other.running < min(s.running, other.width) {
			return false
		}
	}
	return true
}

// room waits until the lane could start one more, without taking the worker: a
// lane that has nothing to do holds none. It is false when ctx ended.
func (s *slots) room(ctx context.Context) bool { return s.wait(ctx, func() {}) }

// take waits for a worker and takes it. It is false when ctx ended.
func (s *slots) take(ctx context.Context) bool {
	return s.wait(ctx, func() {
		if s.running++; s.running > 1 {
			s.p.used++
		}
	})
}

func (s *slots) wait(ctx context.Context, then func()) bool {
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	for !s.fits() {
		p.waiting[s] = true
		changed := p.changed
		p.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-changed:
		}
		p.mu.Lock()
		delete(p.waiting, s)
		if ctx.Err() != nil {
			return false
		}
	}
	then()
	return ctx.Err() == nil
}

// give gives a worker back; well tells how its event went.
func (s *slots) give(well bool) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if s.running--; s.running > 0 {
		s.p.used--
	}
	if well {
		s.width = min(s.p.workers, s.width+1)
	} else {
		s.width = max(1, s.width/2)
	}
	close(s.p.changed)
	s.p.changed = make(chan struct{})
}
