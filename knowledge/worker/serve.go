package worker

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"syscall"
	"time"
)

const (
	lookEvery = 5 * time.Millisecond // how often a child that reads looks at itself
	deepest   = 32 << 20             // bytes of stack; a reader that calls itself this deep never ends
	hardData  = 2 << 30              // bytes that the system gives a child at most, should it fail to look
)

// Serve is a child: it answers each request from in with what read makes of it,
// until in ends; then the process exits, also in the middle of a document. The
// process exits, too, when a document needs more than the limits. Signals that a
// terminal or a service manager sends to everybody are left to the parent.
func Serve(in io.Reader, out io.Writer, limits Limits, read func(request []byte) (answer []byte)) error {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	limits = limits.filled()
	debug.SetMaxStack(deepest)
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: hardData, Max: hardData}) // a second net; not every system has it
	runtime.GC()
	w := watchdog{limits: limits, idle: held(), begin: make(chan struct{}), end: make(chan struct{})}
	debug.SetMemoryLimit(w.idle + limits.Memory*7/8)
	go w.run()
	requests := make(chan []byte, 1) // room for the next, so that the end of input is seen while one is read
	go func() {
		r := bufio.NewReaderSize(in, 1<<16)
		for {
			b, err := readFrame(r)
			if err != nil { // the parent is gone, or done with us
				if errors.Is(err, io.EOF) {
					os.Exit(0)
				}
				os.Exit(1)
			}
			requests <- b
		}
	}()
	buffered := bufio.NewWriterSize(out, 1<<16)
	for request := range requests {
		w.begin <- struct{}{}
		answer := read(request)
		w.end <- struct{}{}
		if err := writeFrame(buffered, answer); err != nil {
			return err
		}
		if err := buffered.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// watchdog ends the process while a document is over its limits.
type watchdog struct {
	limits     Limits
	idle       int64 // bytes held before the first document
	begin, end chan struct{}
}

func (w watchdog) run() {
	ticker := time.NewTicker(lookEvery)
	for {
		ticker.Stop() // an idle child sleeps
		<-w.begin
		began := processor()
		ticker.Reset(lookEvery)
		for reading := true; reading; {
			select {
			case <-w.end:
				reading = false
			case <-ticker.C:
				if held()-w.idle > w.limits.Memory {
					os.Exit(exitMemory)
				}
				if processor()-began > w.limits.Time {
					os.Exit(exitTime)
				}
			}
		}
	}
}

// held is the memory that this process took from the system and did not give
// back, in bytes.
func held() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64() - s[1].Value.Uint64())
}

// processor is the time that this process computed so far. A machine that is
// busy with other things makes nobody slow by this clock.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
