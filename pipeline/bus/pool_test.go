package bus

import (
	"context"
	"testing"
)

// takes counts how many workers a lane gets at once.
func takes(s *slots) int {
	ended, cancel := context.WithCancel(context.Background())
	cancel() // take does not wait
	n := 0
	for s.fits() {
		s.take(ended)
		n++
	}
	return n
}

func TestPool(t *testing.T) {
	t.Parallel()
	p := newPool(8)
	greedy, other, third := p.lane(), p.lane(), p.lane()
	if n := takes(greedy); n != 4 {
		t.Fatalf("a new lane takes %d of 8 workers", n)
	}
	if n := takes(other); n != 4 {
		t.Fatalf("the second takes %d", n)
	}
	for range 4 { // all goes well: it grows
		greedy.give(true)
		takes(greedy)
	}
	if total := greedy.running + other.running; total != 9 {
		t.Fatalf("%d run on 8 workers and one more for the second lane", total)
	}
	if n := takes(third); n != 1 {
		t.Fatalf("a lane beside two busy ones takes %d", n)
	}
	for greedy.running > 0 {
		greedy.give(false)
	}
	if n := takes(greedy); n != 1 {
		t.Fatalf("a lane that fails takes %d", n)
	}
	if p.used != 3 {
		t.Fatalf("%d shared workers are busy, want the three of the second lane", p.used)
	}
}

func TestSequentialLane(t *testing.T) {
	t.Parallel()
	p := newPool(1)
	a, b := p.lane(), p.lane()
	for range 3 {
		if x, y := takes(a), takes(b); x != 1 || y != 1 {
			t.Fatalf("lanes of one worker run %d and %d at once", x, y)
		}
		a.give(true)
		b.give(true)
	}
}
