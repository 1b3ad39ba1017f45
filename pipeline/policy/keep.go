package policy

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Memory remembers what was in force; Store does.
type Memory interface {
	Save(ctx context.Context, p *Policy) error
	Last(ctx context.Context) (string, error)
}

// Keeper holds the policy in force. It is safe for concurrent use.
type Keeper struct {
	path   string
	memory Memory
	log    *slog.Logger

	mu      sync.Mutex
	now     *Policy
	seen    fs.FileInfo // of the file that was read last
	problem error
}

// maxFile is the longest policy file in bytes.
const maxFile = 256 << 10

// Keep reads the policy file; without a path the policy that ships is in force. A file
// that is wrong leaves the one in force that was last, and Problem says what is wrong.
// memory may be nil.
func Keep(ctx context.Context, path string, memory Memory, log *slog.Logger) *Keeper {
	k := &Keeper{path: path, memory: memory, log: log, now: Shipped()}
	k.mu.Lock()
	defer k.mu.Unlock()
	if path == "" {
		k.save(ctx)
		return k
	}
	if k.read(ctx); k.problem != nil && memory != nil {
		if text, err := memory.Last(ctx); err == nil {
			if p, err := Parse([]byte(text)); err == nil {
				k.now = p
			}
		}
	}
	return k
}

// Now returns the policy in force. It looks whether the file changed.
func (k *Keeper) Now(ctx context.Context) *Policy {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.path != "" {
		if info, err := os.Stat(k.path); err != nil || k.seen == nil || !info.ModTime().Equal(k.seen.ModTime()) || info.Size() != k.seen.Size() {
			k.read(ctx)
		}
	}
	return k.now
}

// Problem says why the file is not in force; nil when it is.
func (k *Keeper) Problem() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.problem
}

// read takes the file in, or notes what is wrong with it.
func (k *Keeper) read(ctx context.Context) {
	p, info, err := Load(k.path)
	if err != nil {
		err = fmt.Errorf("policy %s is in force; the file is not:\n%w", k.now.Version, err)
		if k.problem == nil || k.problem.Error() != err.Error() {
			k.log.Error("the policy file is wrong; the last good one stays in force", "version", k.now.Version, "error", err)
		}
		k.seen, k.problem = info, err
		return
	}
	changed := p.Version != k.now.Version
	k.now, k.seen, k.problem = p, info, nil
	if changed {
		k.log.Info("a policy is in force", "version", p.Version, "name", p.Name)
		k.save(ctx)
	}
}

func (k *Keeper) save(ctx context.Context) {
	if k.memory == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := k.memory.Save(ctx, k.now); err != nil {
		k.log.Error("a policy could not be kept", "version", k.now.Version, "error", err)
	}
}

// Load reads a policy file. info is there whenever the file is.
func Load(path string) (p *Policy, info fs.FileInfo, err error) {
	if info, err = os.Stat(path); err != nil {
		return nil, nil, fmt.Errorf("read policy: %w", err)
	}
	if info.Size() > maxFile {
		return nil, info, fmt.Errorf("the file has %d bytes; at most %d make sense", info.Size(), maxFile)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, info, fmt.Errorf("read policy: %w", err)
	}
	p, err = Parse(b)
	return p, info, err
}
