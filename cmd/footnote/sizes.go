package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"

	"footnote/pipeline"
)

// embeddedSize is what the embedded bus may keep when nobody says: 8 GiB, or half
// of what is free on a smaller disk, at least 256 MiB.
func embeddedSize(dir string) int64 {
	free, err := freeDisk(dir)
	if err != nil {
		return 8 << 30
	}
	return min(8<<30, max(256<<20, free/2))
}

// disk is the file system of a directory.
type disk struct{ free, total int64 } // bytes; free for this process

// diskOf measures the disk of a directory.
func diskOf(dir string) (disk, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return disk{}, fmt.Errorf("measure disk of %s: %w", dir, err)
	}
	return disk{int64(st.Bavail) * int64(st.Bsize), int64(st.Blocks) * int64(st.Bsize)}, nil
}

// reserve is what new messages leave free for what is under way and for the private
// PostgreSQL, whose log grows by segments of 16 MiB: with less it stops.
func (d disk) reserve() int64 { return min(128<<20, d.total/8) }

// alarm is a sentence when the disk will be full soon, else empty.
func (d disk) alarm(dir string) string {
	switch {
	case d.free <= d.reserve():
		return fmt.Sprintf("disk of %s: %s free: new messages are refused until there is more than %s", dir, size(d.free), size(d.reserve()))
	case d.free < min(2<<30, d.total/5):
		return fmt.Sprintf("disk of %s: %s of %s free; below %s new messages are refused", dir, size(d.free), size(d.total), size(d.reserve()))
	}
	return ""
}

// freeDisk is what this process may still write where dir is, in bytes.
func freeDisk(dir string) (int64, error) {
	d, err := diskOf(dir)
	return d.free, err
}

// storeSize is how full one store is.
type storeSize struct {
	name         string
	bytes, limit int64   // limit 0: none known
	perDay       int64   // at today's rate; 0: not known yet
	daysLeft     float64 // +Inf: not known, or never
	// unhandled is the part of the bus that cannot be removed.
	unhandled int64
}

// alarm is a sentence when the store will be full soon, else empty.
func (s storeSize) alarm() string {
	if s.limit <= 0 {
		return ""
	}
	switch s.name {
	case "bus": // handled events make room by themselves
		part := float64(s.unhandled) / float64(s.limit)
		if part < 0.2 || part < 0.5 && s.daysLeft > 7 {
			return ""
		}
		return fmt.Sprintf("bus: events that nobody has handled take %.0f %% of %s%s", 100*part, size(s.limit), s.left("webhooks are refused"))
	default:
		part := float64(s.bytes) / float64(s.limit)
		if part < 0.9 && s.daysLeft > 14 {
			return ""
		}
		return fmt.Sprintf("%s: %.0f %% of %s used%s", s.name, 100*part, size(s.limit), s.left("it is full"))
	}
}

func (s storeSize) left(what string) string {
	if math.IsInf(s.daysLeft, 1) {
		return ""
	}
	return fmt.Sprintf("; at today's rate (%s a day) %s in %.0f days", size(s.perDay), what, math.Floor(s.daysLeft))
}

func size(n int64) string {
	if n >= 10<<30 {
		return fmt.Sprintf("%d GiB", n>>30)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}

// sizes measures the bus and the database.
func (a *app) sizes(ctx context.Context) ([]storeSize, error) {
	u, err := a.p.bus.Usage(ctx)
	if err != nil {
		return nil, err
	}
	if a.c.NATSURL == "" {
		if free, err := freeDisk(a.c.Data); err == nil && (u.Limit == 0 || u.Bytes+free < u.Limit) {
			u.Limit = u.Bytes + free
		}
	}
	bus := storeSize{name: "bus", bytes: u.Bytes, limit: u.Limit, perDay: u.PerDay, unhandled: u.UnhandledBytes, daysLeft: u.DaysLeft()}
	db := storeSize{name: "database", limit: int64(a.c.DatabaseSize) << 20, daysLeft: math.Inf(1)}
	if db.bytes, db.perDay, err = databaseGrowth(ctx, a.p.pool); err != nil {
		return nil, err
	}
	if a.p.pg != nil && db.limit == 0 {
		if free, err := freeDisk(a.c.Data); err == nil {
			db.limit = db.bytes + free
		}
	}
	if db.limit > 0 && db.perDay > 0 {
		db.daysLeft = float64(max(0, db.limit-db.bytes)) / float64(db.perDay)
	}
	return []storeSize{bus, db}, nil
}

// databaseGrowth is the database's size, and how many bytes a day it grew over the
// last two weeks; 0 while there is less than a day to judge by.
func databaseGrowth(ctx context.Context, pool *pgxpool.Pool) (bytes, perDay int64, err error) {
	err = pool.QueryRow(ctx, `
		SELECT s.bytes,
		       coalesce((SELECT greatest(0, s.bytes - o.bytes) / (current_date - o.day)
		                   FROM store_sizes o
		                  WHERE o.store = 'database'
		                    AND o.day < current_date
		                    AND o.day >= current_date - 14
		                  ORDER BY o.day
		                  LIMIT 1), 0)
		  FROM (SELECT pg_database_size(current_database()) AS bytes) s`).Scan(&bytes, &perDay)
	if err != nil {
		return 0, 0, fmt.Errorf("measure database: %w", err)
	}
	return bytes, perDay, nil
}

// noteSize keeps today's size of the database, the first of the day.
func noteSize(ctx context.Context, pool *pgxpool.Pool) error {
	if _, err := pool.Exec(ctx, `
		WITH old AS (DELETE FROM store_sizes WHERE day < current_date - 60)
		INSERT INTO store_sizes (store, day, bytes)
		VALUES ('database', current_date, pg_database_size(current_database()))
		ON CONFLICT DO NOTHING`); err != nil {
		return fmt.Errorf("note size of database: %w", err)
	}
	return nil
}

func (a *app) checkRoom(ctx context.Context) error {
	sizes, err := a.sizes(ctx)
	if err != nil {
		return err
	}
	var bad []string
	for _, s := range sizes {
		if say := s.alarm(); say != "" {
			bad = append(bad, say)
		}
	}
	if d, err := diskOf(a.c.Data); err == nil && a.embedded() {
		if say := d.alarm(a.c.Data); say != "" {
			bad = append(bad, say)
		}
	}
	if bad != nil {
		return pipeline.Errorf(pipeline.Unavailable, "%s", strings.Join(bad, "; "))
	}
	return nil
}

// embedded tells whether a store is in the data directory.
func (a *app) embedded() bool { return a.c.NATSURL == "" || a.p.pg != nil || a.p.local != nil }

// sizeMetric shows the sizes, read when /metrics is.
type sizeMetric struct {
	sizes              func(context.Context) ([]storeSize, error)
	bytes, limit, left *prometheus.Desc
}

func newSizeMetric(sizes func(context.Context) ([]storeSize, error)) sizeMetric {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, []string{"store"}, nil)
	}
	return sizeMetric{sizes,
		desc("footnote_store_bytes", "Size of the bus and of the database."),
		desc("footnote_store_limit_bytes", "What each may have; absent when not known."),
		desc("footnote_store_days_left", "Days until it is full at today's rate; absent when not known.")}
}

// Describe implements prometheus.Collector.
func (m sizeMetric) Describe(ch chan<- *prometheus.Desc) { ch <- m.bytes; ch <- m.limit; ch <- m.left }

// Collect implements prometheus.Collector.
func (m sizeMetric) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	sizes, err := m.sizes(ctx)
	if err != nil {
		return // its own check says that the store is away
	}
	for _, s := range sizes {
		ch <- prometheus.MustNewConstMetric(m.bytes, prometheus.GaugeValue, float64(s.bytes), s.name)
		if s.limit > 0 {
			ch <- prometheus.MustNewConstMetric(m.limit, prometheus.GaugeValue, float64(s.limit), s.name)
		}
		if !math.IsInf(s.daysLeft, 1) {
			ch <- prometheus.MustNewConstMetric(m.left, prometheus.GaugeValue, s.daysLeft, s.name)
		}
	}
}
