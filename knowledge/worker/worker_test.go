package worker_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"footnote/knowledge/worker"
	"footnote/pipeline"
)

// misbehave does what its request says.
func misbehave(request []byte) []byte {
	word, rest, _ := strings.Cut(string(request), " ")
	switch word {
	case "eat":
		n, _ := strconv.Atoi(rest)
		var kept [][]byte
		for range n {
			kept = append(kept, bytes.Repeat([]byte("x"), 1<<20))
		}
		return kept[0][:1]
	case "spin":
		for i := 0; ; i++ {
			if i < 0 {
				return nil
			}
		}
	case "sleep":
		time.Sleep(time.Hour)
	case "panic":
		panic(rest)
	case "recurse":
		return []byte{byte(recurse(1))}
	case "exit":
		os.Exit(3)
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "pid":
		return []byte(strconv.Itoa(os.Getpid()))
	case "environment":
		return []byte(strings.Join(os.Environ(), "\n"))
	}
	return request
}

func recurse(n int) int {
	if n < 0 { // never: it is to fill the stack
		return 0
	}
	var pad [1000]int
	pad[n%1000] = n
	return recurse(n+1) + pad[(n+1)%1000]
}

func pool(t testing.TB, what string, with ...func(*worker.Config)) *worker.Pool {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := worker.Config{Command: []string{exe, what}}
	for _, f := range with {
		f(&c)
	}
	p := worker.New(c)
	t.Cleanup(p.Close)
	return p
}

func ask(t *testing.T, p *worker.Pool, request string) string {
	t.Helper()
	b, err := p.Read(t.Context(), []byte(request))
	if err != nil {
		t.Fatalf("%.40q: %v", request, err)
	}
	return string(b)
}

// TestChildrenTakeNothingWithThem: each way of misbehaving has its plain reason,
// and the next request is answered as if nothing had been.
func TestChildrenTakeNothingWithThem(t *testing.T) {
	p := pool(t, "misbehave", func(c *worker.Config) {
		c.Workers, c.Wall, c.Limits.Time = 1, 20*time.Second, 500*time.Millisecond
	})
	for request, want := range map[string]string{
		"eat 200":     "needs more than 64 MB",
		"eat 100000":  "needs more than 64 MB",
		"spin":        "takes longer than 0.5 s",
		"panic oh no": "breaks the reader",
		"recurse":     "needs more than 64 MB",
		"exit":        "breaks the reader",
		"kill":        "needs more than 64 MB", // as the system does when it has no memory left
	} {
		for _, first := range []string{"", "hello"} { // also in a child that has read before
			if first != "" {
				ask(t, p, first)
			}
			_, err := p.Read(t.Context(), []byte(request))
			if pipeline.KindOf(err) != pipeline.Invalid || !strings.Contains(pipeline.Say(err), want) {
				t.Errorf("%s: %v", request, err)
			}
			if got := ask(t, p, "how are you"); got != "how are you" {
				t.Errorf("after %s: %q", request, got)
			}
		}
	}
	if got := ask(t, p, "eat 40"); got != "x" { // a document within its limits, in a child that others used
		t.Errorf("%q", got)
	}
}

// TestSleepersAreKilled: a child that does not even compute is killed on the
// clock.
func TestSleepersAreKilled(t *testing.T) {
	p := pool(t, "misbehave", func(c *worker.Config) { c.Wall = 300 * time.Millisecond })
	_, err := p.Read(t.Context(), []byte("sleep"))
	if pipeline.KindOf(err) != pipeline.Invalid || !strings.Contains(pipeline.Say(err), "takes longer than 0.3 s") {
		t.Error(err)
	}
}

// TestAskersMayLeave: a context that ends ends the reading.
func TestAskersMayLeave(t *testing.T) {
	p := pool(t, "misbehave", func(c *worker.Config) { c.Workers = 1 })
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := p.Read(ctx, []byte("sleep")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got := ask(t, p, "hello"); got != "hello" {
		t.Error(got)
	}
}

// TestAChildLastsAndKnowsNothing: one child reads many documents, of any size,
// and nothing of our environment reaches it.
func TestAChildLastsAndKnowsNothing(t *testing.T) {
	t.Setenv("FOOTNOTE_OPENAI_API_KEY", "SECRET")
	p := pool(t, "misbehave", func(c *worker.Config) { c.Workers = 1 })
	pid := ask(t, p, "pid")
	for _, size := range []int{0, 1, 1 << 10, 10 << 20} {
		want := strings.Repeat("x", size)
		if got := ask(t, p, want); got != want {
			t.Errorf("%d bytes came back as %d", size, len(got))
		}
	}
	if again := ask(t, p, "pid"); again != pid {
		t.Error("another child: ", pid, again)
	}
	if env := ask(t, p, "environment"); strings.Contains(env, "SECRET") {
		t.Error(env)
	}
}

// TestChildrenRestAndStop: a child that nobody asks ends, and Close leaves none.
func TestChildrenRestAndStop(t *testing.T) {
	p := pool(t, "misbehave", func(c *worker.Config) { c.Idle = time.Millisecond })
	pid, _ := strconv.Atoi(ask(t, p, "pid"))
	await(t, func() bool { return !alive(pid) })
	pid, _ = strconv.Atoi(ask(t, p, "pid"))
	p.Close()
	if alive(pid) {
		t.Error("the child outlives its pool")
	}
	if _, err := p.Read(t.Context(), nil); pipeline.KindOf(err) != pipeline.Unavailable {
		t.Error(err)
	}
}

// TestNoOrphans: a child ends when its parent does, in the middle of a document
// too, and not by the signals that everybody gets.
func TestNoOrphans(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, busy := range []bool{false, true} {
		cmd := exec.Command(exe, "misbehave", "--memory=0", "--time=1h")
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		frame := func(s string) {
			if _, err := in.Write(append([]byte{0, 0, 0, byte(len(s))}, s...)); err != nil {
				t.Fatal(err)
			}
		}
		frame("hello") // its answer: signals are ignored from now on
		if _, err := out.Read(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
			if err := cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
		}
		if busy {
			frame("spin")
		}
		frame("pid")
		in.Close() // what the system does when the parent dies
		if err := cmd.Wait(); err != nil {
			t.Errorf("busy %v: %v", busy, err)
		}
	}
}

// TestNoProgram: what cannot be started is not the document's fault.
func TestNoProgram(t *testing.T) {
	p := worker.New(worker.Config{Command: []string{"/nowhere/footnote"}})
	defer p.Close()
	if _, err := p.Read(t.Context(), nil); pipeline.KindOf(err) != pipeline.Unavailable {
		t.Error(err)
	}
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

// await gives a condition a minute.
func await(t *testing.T, done func() bool) {
	t.Helper()
	for range 6000 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it never came")
}
