package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"strings"
	"time"

	"footnote/knowledge"
	"footnote/knowledge/local"
	"footnote/knowledge/qdrant"
	"footnote/pipeline"
)

// indexSettings are the Qdrant server, the collection in it, and how that is kept.
type indexSettings struct {
	QdrantURL         string  `yaml:"qdrant_url" own:"process" env:"QDRANT_URL" default:"" help:"Qdrant gRPC endpoint, e.g. http://host:6334 or https://…, several nodes of a cluster separated by commas; empty: embedded index"`
	QdrantAPIKey      Secret  `yaml:"qdrant_api_key" own:"process" env:"QDRANT_API_KEY" default:"" help:"Qdrant API key"`
	Collection        string  `yaml:"collection" env:"FOOTNOTE_COLLECTION" default:"knowledge" help:"alias of the knowledge collection; one of its own for each installation on a Qdrant"`
	QdrantReplicas    int     `yaml:"qdrant_replicas" env:"QDRANT_REPLICAS" default:"0" help:"copies of each part of the index, on a cluster; 0: one. These and the following hold for the next index that is made (footnote knowledge rebuild)"`
	QdrantShards      int     `yaml:"qdrant_shards" env:"QDRANT_SHARDS" default:"0" help:"parts of the index; 0: one a node"`
	QdrantConsistency int     `yaml:"qdrant_write_consistency" env:"QDRANT_WRITE_CONSISTENCY" default:"0" help:"copies that must have a write before it counts; 0: one"`
	QdrantOnDisk      bool    `yaml:"qdrant_on_disk" env:"QDRANT_ON_DISK" default:"false" help:"true: vectors, terms and payload are read from the disk, for an index larger than the memory"`
	QdrantQuantize    string  `yaml:"qdrant_quantization" env:"QDRANT_QUANTIZATION" default:"none" help:"what vectors are compared by before the best are rescored whole: none, scalar (a byte a number) or binary (a bit)"`
	QdrantOversample  float64 `yaml:"qdrant_oversampling" env:"QDRANT_OVERSAMPLING" default:"0" help:"how many times the wanted number are found before they are rescored; 0: 2 with scalar, 4 with binary"`
	QdrantHNSWLinks   int     `yaml:"qdrant_hnsw_m" env:"QDRANT_HNSW_M" default:"0" help:"links of a vector in the graph; 0: Qdrant's 16"`
	QdrantHNSWBuild   int     `yaml:"qdrant_hnsw_ef_construct" env:"QDRANT_HNSW_EF_CONSTRUCT" default:"0" help:"neighbours looked at when the graph is built; 0: Qdrant's 100"`
	QdrantHNSWSearch  int     `yaml:"qdrant_hnsw_ef" env:"QDRANT_HNSW_EF" default:"0" help:"neighbours looked at by a search, at once; 0: Qdrant's choice"`
}

func (s indexSettings) check(p *problems) {
	if s.QdrantURL != "" {
		if err := qdrant.CheckURL(s.QdrantURL); err != nil {
			p.bad("%s", err)
		}
	}
	if err := s.layout().Check(); err != nil {
		p.bad("%s", err)
	}
}

func (s indexSettings) layout() qdrant.Layout {
	return qdrant.Layout{Shards: s.QdrantShards, Replicas: s.QdrantReplicas, WriteConsistency: s.QdrantConsistency, OnDisk: s.QdrantOnDisk,
		Quantization: s.QdrantQuantize, Oversampling: s.QdrantOversample, HNSWLinks: s.QdrantHNSWLinks, HNSWBuild: s.QdrantHNSWBuild, HNSWSearch: s.QdrantHNSWSearch}
}

// watchEvery is how often the index is looked at.
const watchEvery = 2 * time.Second

// watchIndex keeps the index right while this process serves.
func (a *app) watchIndex(ctx context.Context) error {
	a.knowledge.Watch(ctx, watchEvery)
	return nil
}

// ownIndex refuses to serve on an index that is not this installation's.
func (a *app) ownIndex(ctx context.Context) error {
	err := a.knowledge.Look(ctx)
	if errors.Is(err, knowledge.ErrForeign) || errors.Is(err, knowledge.ErrUnmarked) {
		return err
	}
	return nil // all else passes, or is put right, while it serves
}

// checkIndex is what readiness and the doctor see of the index, with its version.
func (a *app) checkIndex(ctx context.Context) (string, error) {
	v, err := a.index.Version(ctx)
	if a.p.local == nil && v != "" {
		v = "Qdrant " + v
	} else if v != "" {
		v = "embedded"
	}
	if err != nil {
		return v, err
	}
	return v, a.knowledge.Look(ctx)
}

// indexAdvice says what to do about what is the matter with the index.
func indexAdvice(err error) string {
	switch {
	case errors.Is(err, knowledge.ErrForeign), errors.Is(err, knowledge.ErrUnmarked):
		return "Set collection (FOOTNOTE_COLLECTION) to a name of its own for this installation. If the index is yours, such as after a new database: footnote knowledge adopt."
	case pipeline.KindOf(err) == pipeline.Denied:
		return "Set qdrant_api_key to the key of the server. Until then tickets wait."
	}
	return "Start the Qdrant of qdrant_url, or leave it empty to use the embedded index. Tickets wait until it is there; an index that was lost is made again by itself."
}

// scratchIndex is where a throw-away installation or measurement has its index: in the
// Qdrant of the environment if there is one, under a name that nobody else has.
type scratchIndex struct{ alias string }

func newScratchIndex(name string) scratchIndex {
	return scratchIndex{"footnote-" + name + "-" + strings.ToLower(rand.Text()[:10])}
}

// env is what of the environment says where the index is and how it is kept.
func (scratchIndex) env(key string) string {
	if strings.HasPrefix(key, "QDRANT_") {
		return os.Getenv(key)
	}
	return ""
}

// open opens it for measurements, beside a database of their own.
func (s scratchIndex) open(dims int, log *slog.Logger) (cfg qdrant.Config, done func(), err error) {
	c, err := loadConfig("", nil, s.env)
	if err != nil {
		return cfg, nil, err
	}
	cfg = qdrant.Config{Alias: s.alias, Dimensions: dims, Layout: c.layout(), Sole: c.QdrantURL == ""}
	if c.QdrantURL != "" {
		cfg.Client, err = qdrant.Connect(qdrant.Server{URL: c.QdrantURL, APIKey: string(c.QdrantAPIKey), Log: log})
		return cfg, func() { cfg.Client.Close() }, err
	}
	srv, err := local.Open(local.Config{})
	if err != nil {
		return cfg, nil, err
	}
	if cfg.Client, err = srv.Client(); err != nil {
		return cfg, nil, errors.Join(err, srv.Close())
	}
	return cfg, func() {
		cfg.Client.Close()
		_ = srv.Close() // in memory: nothing to save
	}, nil
}

// dropIndex takes what a throw-away installation left in a Qdrant server.
func (a *app) dropIndex(ctx context.Context) {
	if a.p.local != nil {
		return
	}
	ctx = context.WithoutCancel(ctx)
	owner, err := a.knowledge.Installation(ctx)
	if err == nil {
		err = a.index.Remove(ctx, owner)
	}
	if err != nil {
		a.log.Warn("the collections of this run are left over", "collection", a.c.Collection, "error", err)
	}
}
