// Package peer knows who runs: each process of an installation writes itself down
// and renews that while it lives. What all of them must have alike is compared by short
// codes, so that no secret and no setting stands in the table; what they share (database
// connections, the built-in desk, the name of a source) is added up.
package peer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Peer is one that runs.
type Peer struct {
	ID        string
	Host      string
	PID       int
	URL       string // as its own machine reaches it
	PublicURL string // as people reach the console; empty: not set
	Roles     []string
	PoolSize  int               // database connections at most
	Settings  map[string]string // key → Code of its value; those of the keys that its roles need
	Desks     []string          // that it reads from or writes to; nil: its roles do neither
	Sandbox   bool              // it runs the built-in desk
	Knowledge string            // name and Code of what its folder holds, by a space; empty: it syncs none
	StartedAt time.Time
}

// Name is how people know it.
func (p Peer) Name() string {
	return fmt.Sprintf("%s (%s, process %d)", strings.Join(p.Roles, "+"), p.Host, p.PID)
}

// Has tells whether it has a role.
func (p Peer) Has(role string) bool { return slices.Contains(p.Roles, role) }

// Code is short on purpose: so many values share one that a secret is not found, nor a
// guess confirmed, by trying. Two values that differ share it once in 65,536 times.
func Code(key, value string) string {
	sum := sha256.Sum256([]byte("footnote setting\x00" + key + "\x00" + value))
	return hex.EncodeToString(sum[:2])
}

// aliveFor is how long a process counts as running after it was last heard of.
const aliveFor = 45 * time.Second

// renewEvery is how often a process writes itself down.
const renewEvery = 10 * time.Second

// Register keeps one process's row.
type Register struct {
	store store
	self  Peer
	log   *slog.Logger
}

// NewRegister writes nothing yet. self needs no ID.
func NewRegister(pool *pgxpool.Pool, self Peer, log *slog.Logger) *Register {
	self.ID = uuid.NewString()
	if self.Settings == nil {
		self.Settings = map[string]string{}
	}
	return &Register{store{pool}, self, log}
}

// Run writes the process down until ctx ends, and then removes it. refresh may change
// what is said of it each time; written is called after.
func (r *Register) Run(ctx context.Context, refresh func(*Peer), written func(context.Context)) error {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		refresh(&r.self)
		switch err := r.store.save(ctx, r.self); {
		case err == nil:
			written(ctx)
		case ctx.Err() == nil:
			r.log.Debug("this process is not written down; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			defer cancel()
			if err := r.store.remove(end, r.self.ID); err != nil {
				r.log.Debug("this process is not removed from the list; it ends by itself", "error", err)
			}
			return nil
		case <-tick.C:
		}
	}
}

// List lists the processes that run, in the order in which they started.
func List(ctx context.Context, pool *pgxpool.Pool) ([]Peer, error) { return store{pool}.list(ctx) }

// Compare says what does not fit together among processes, each in a sentence, and what
// the database allows: max connections in all (0: not known). The same settings are
// wanted of all, by key.
func Compare(list []Peer, maxConnections int) []string {
	return slices.Concat(differing(list), desks(list), links(list), connections(list, maxConnections), sandboxes(list), sources(list))
}

// differing names settings that are not the same everywhere.
func differing(list []Peer) (out []string) {
	keys := map[string]bool{}
	for _, p := range list {
		for k := range p.Settings {
			keys[k] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		groups := map[string][]string{} // by code
		for _, p := range list {
			if code, ok := p.Settings[key]; ok { // an older version does not know every setting
				groups[code] = append(groups[code], p.Name())
			}
		}
		if len(groups) < 2 {
			continue
		}
		var parts []string
		for _, code := range slices.Sorted(maps.Keys(groups)) {
			parts = append(parts, strings.Join(groups[code], ", "))
		}
		slices.SortStableFunc(parts, func(a, b string) int { return strings.Compare(a, b) })
		out = append(out, fmt.Sprintf("%s is not the same in %s", key, strings.Join(parts, " and in ")))
	}
	return out
}

// desks finds desks that only some of those know that take in, read or answer tickets.
func desks(list []Peer) (out []string) {
	all := map[string]bool{}
	for _, p := range list {
		for _, d := range p.Desks {
			all[d] = true
		}
	}
	for _, d := range slices.Sorted(maps.Keys(all)) {
		var with, without []string
		for _, p := range list {
			switch {
			case slices.Contains(p.Desks, d):
				with = append(with, p.Name())
			case p.Desks != nil:
				without = append(without, p.Name())
			}
		}
		if without != nil {
			out = append(out, fmt.Sprintf("the desk %s is known to %s and not to %s, where its tickets fail: give its settings to all (the built-in sandbox: sandbox_url and sandbox_token)", d, strings.Join(with, ", "), strings.Join(without, ", ")))
		}
	}
	return out
}

// links finds peers that write links to a console which they do not serve.
func links(list []Peer) (out []string) {
	for _, p := range list {
		if p.PublicURL == "" && p.Has("delivery") && !p.Has("console") {
			out = append(out, fmt.Sprintf("%s writes links to the console and does not know where that is: set public_url", p.Name()))
		}
	}
	return out
}

// connections compares what all processes may open with what the server allows.
func connections(list []Peer, most int) []string {
	n := 0
	for _, p := range list {
		n += p.PoolSize
	}
	if most <= 0 || n <= most {
		return nil
	}
	return []string{fmt.Sprintf("the processes may open %d database connections (pool_size), the server allows %d: set pool_size to %d, or max_connections higher", n, most, max(6, most/max(1, len(list))))}
}

// sandboxes finds two built-in desks, each with its own tickets.
func sandboxes(list []Peer) []string {
	var with []string
	for _, p := range list {
		if p.Sandbox {
			with = append(with, p.Name())
		}
	}
	if len(with) < 2 {
		return nil
	}
	return []string{fmt.Sprintf("the built-in sandbox desk runs more than once, each with its own tickets: %s; leave it to one, and set sandbox=false and sandbox_url in the others", strings.Join(with, ", "))}
}

// sources finds folders of one name that do not hold the same.
func sources(list []Peer) (out []string) {
	by := map[string]map[string][]string{}
	for _, p := range list {
		name, code, ok := strings.Cut(p.Knowledge, " ")
		if !ok {
			continue
		}
		if by[name] == nil {
			by[name] = map[string][]string{}
		}
		by[name][code] = append(by[name][code], p.Name())
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		if len(by[name]) < 2 {
			continue
		}
		var where []string
		for _, code := range slices.Sorted(maps.Keys(by[name])) {
			where = append(where, strings.Join(by[name][code], ", "))
		}
		out = append(out, fmt.Sprintf("the knowledge folder %q does not hold the same for %s: each sync would undo the other's; give all the same folder, or the role knowledge to one", name, strings.Join(where, " and for ")))
	}
	return out
}
