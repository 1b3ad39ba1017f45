package worker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"footnote/pipeline"
)

// Config says how children are run.
type Config struct {
	// Command starts a child: a program and its arguments, behind which the
	// limits are put as --memory=BYTES and --time=DURATION for it to give to Serve.
	Command []string
	Limits  Limits
	Workers int           // at once; 0 means one for each processor
	Wall    time.Duration // after which a child is killed, busy or stuck; 0 means 15 × the time limit
	Idle    time.Duration // after which children that nobody asks end; 0 means 30 s
	Log     *slog.Logger  // nil: no log
}

// Pool asks children. Its methods may be called at once from any number of
// goroutines. Children start with the first request.
type Pool struct {
	c       Config
	slots   chan struct{}
	mu      sync.Mutex
	free    []*child
	closed  bool
	resting *time.Timer
}

// New returns a Pool; it starts nothing. Call Close at the end.
func New(c Config) *Pool {
	c.Limits = c.Limits.filled()
	if c.Workers <= 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	if c.Wall <= 0 {
		c.Wall = 15 * c.Limits.Time
	}
	if c.Idle <= 0 {
		c.Idle = 30 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	p := &Pool{c: c, slots: make(chan struct{}, c.Workers)}
	p.resting = time.AfterFunc(c.Idle, p.rest)
	p.resting.Stop()
	return p
}

// Workers is how many requests are read at once.
func (p *Pool) Workers() int { return p.c.Workers }

// Read gives one request to a child and returns its answer. The kind is Invalid
// when reading it needs more than the limits or breaks the reader, with the
// reason in plain words, and Unavailable when no child can be started; the
// context's error ends the child that reads for it.
func (p *Pool) Read(ctx context.Context, request []byte) ([]byte, error) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for {
		c, err := p.take()
		if err != nil {
			return nil, err
		}
		fresh := c.asked == 0
		answer, err := c.ask(ctx, request, p.c.Wall)
		if err == nil {
			p.give(c)
			return answer, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if fresh {
			return nil, p.reason(err)
		}
	}
}

// take returns a child that waits, or a new one.
func (p *Pool) take() (*child, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, pipeline.Errorf(pipeline.Unavailable, "Documents are not read any more: this process is ending.")
	}
	if n := len(p.free); n > 0 {
		c := p.free[n-1]
		p.free = p.free[:n-1]
		return c, nil
	}
	c, err := start(p.c)
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Unavailable, "The reader of documents cannot be started: %w", err)
	}
	return c, nil
}

func (p *Pool) give(c *child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		c.stop()
		return
	}
	p.free = append(p.free, c)
	p.resting.Reset(p.c.Idle)
}

// rest ends the children that wait.
func (p *Pool) rest() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.free {
		c.stop()
	}
	p.free = nil
}

// Close ends the children and waits for them. Requests that are being read still
// get their answer.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	p.resting.Stop()
	p.mu.Unlock()
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
	p.rest()
	for range cap(p.slots) {
		<-p.slots
	}
}

// reason says in plain words why a document was not read.
func (p *Pool) reason(err error) error {
	d, ok := errors.AsType[*died](err)
	if !ok {
		return pipeline.Errorf(pipeline.Unavailable, "The reader of documents does not answer: %w", err)
	}
	switch l := p.c.Limits; {
	case d.code == exitMemory || d.starved():
		return pipeline.Errorf(pipeline.Invalid, "This page needs more than %d MB to read; split it, or leave it out.", l.Memory>>20)
	case d.code == exitTime:
		return pipeline.Errorf(pipeline.Invalid, "This page takes longer than %s to read; split it, or leave it out.", seconds(l.Time))
	case d.late:
		return pipeline.Errorf(pipeline.Invalid, "This page takes longer than %s to read; split it, or leave it out.", seconds(p.c.Wall))
	}
	p.c.Log.Error("a document broke its reader", "code", d.code, "signal", d.signal, "said", d.said)
	return pipeline.Errorf(pipeline.Invalid, "This page breaks the reader; leave it out, and report it.")
}

func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'g', 3, 64) + " s"
}

// died is how a child ended before it answered.
type died struct {
	code   int
	signal syscall.Signal
	late   bool   // we killed it
	said   string // the head of what it wrote to its standard error
}

func (d *died) Error() string { return fmt.Sprintf("the reader ended (%d, %v)", d.code, d.signal) }

// starved tells whether the system had no memory for it, or no stack.
func (d *died) starved() bool {
	return d.signal == syscall.SIGKILL && !d.late || strings.Contains(d.said, "out of memory") || strings.Contains(d.said, "stack exceeds")
}

// child is one running process. One goroutine asks it at a time.
type child struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	said  *words
	asked int
}

// start runs the command with nothing of our environment, for that holds
// secrets, and in a process group of its own, so that an interrupt at the
// terminal lets it finish what it reads.
func start(c Config) (*child, error) {
	args := append(append([]string(nil), c.Command[1:]...), "--memory="+strconv.FormatInt(c.Limits.Memory, 10), "--time="+c.Limits.Time.String())
	cmd := exec.Command(c.Command[0], args...)
	cmd.Args[0] = os.Args[0] // what people see in a list of processes
	cmd.Env = []string{"GOTRACEBACK=single"}
	cmd.Dir = os.TempDir()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	said := &words{}
	cmd.Stderr = said
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &child{cmd: cmd, in: in, out: bufio.NewReaderSize(out, 1<<16), said: said}, nil
}

// ask sends a request and waits for the answer. After an error the child is
// gone; the error is a *died.
func (c *child) ask(ctx context.Context, request []byte, wall time.Duration) ([]byte, error) {
	c.asked++
	var late atomic.Bool
	timer := time.AfterFunc(wall, func() {
		late.Store(true)
		_ = c.cmd.Process.Kill()
	})
	defer timer.Stop()
	stop := context.AfterFunc(ctx, func() { _ = c.cmd.Process.Kill() })
	defer stop()
	err := writeFrame(c.in, request)
	var answer []byte
	if err == nil {
		answer, err = readFrame(c.out)
	}
	if err == nil {
		return answer, nil
	}
	_ = c.in.Close()
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, syscall.EPIPE) {
		_ = c.cmd.Process.Kill() // it lives and speaks nonsense
	}
	_ = c.cmd.Wait()
	d := &died{code: c.cmd.ProcessState.ExitCode(), late: late.Load(), said: c.said.String()}
	if s, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		d.signal = s.Signal()
	}
	return nil, d
}

// stop ends a child that waits, and waits for it.
func (c *child) stop() {
	_ = c.in.Close()
	_ = c.cmd.Wait()
}

// words keeps the head of what a child says, which tells what went wrong.
type words struct {
	mu sync.Mutex
	b  []byte
}

const maxWords = 2000 // bytes

func (t *words) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if room := maxWords - len(t.b); room > 0 {
		t.b = append(t.b, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

func (t *words) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}
