package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/knowledge"
	"footnote/knowledge/eval"
	"footnote/knowledge/library"
	"footnote/knowledge/local"
	"footnote/knowledge/qdrant"
	"footnote/migrations"
	"footnote/migrations/localpg"
	"footnote/pipeline"
)

type evalCmd struct {
	Retrieval   evalRetrievalCmd   `cmd:"" help:"Search a labelled set the way drafts do; prints recall, nDCG and MRR with intervals."`
	Sets        evalSetsCmd        `cmd:"" help:"The same over every set of a data folder, as one table."`
	Abstention  evalAbstentionCmd  `cmd:"" help:"Tell questions that the corpus answers from others; prints AUC, the coverage–error curve and what the threshold does."`
	Calibration evalCalibrationCmd `cmd:"" help:"Fit that probability on every set of a data folder; prints constants, and figures on sets that were not fitted on."`
	Learning    evalLearningCmd    `cmd:"" help:"Replay approvals in time order; prints what learning from them is worth."`
}

type evalRetrievalCmd struct {
	Corpus   string `required:"" type:"path" help:"Rows {id,title,text,url,meta}; rows with meta.doc are passages of that document."`
	Queries  string `required:"" type:"path" help:"Rows {id,text,history[{role,text}],domain,lang}."`
	Qrels    string `type:"path" help:"Rows {qid,docid,rel}."`
	Spans    string `type:"path" help:"Rows {qid,docid,start,end}, in characters of the corpus' texts."`
	ByDomain bool   `help:"One index for each meta.domain; questions go to that of their domain."`
	History  string `default:"thread" enum:"thread,last,all" help:"What is asked: thread (as drafts do), last (the newest message), all (run together)."`
	Typos    bool   `help:"Also misspell one in six of the customer's words, and show the loss beside plain BM25's."`
	Limit    int    `help:"Ask so many questions, evenly spread; 0: all."`
	Name     string `help:"Name in the table; empty: the corpus' folder."`
	JSON     bool   `help:"Print JSON."`

	evalDense
}

// Run measures on a throw-away database and index.
func (cmd *evalRetrievalCmd) Run(ctx context.Context) error {
	set, err := eval.Load(eval.Files{Corpus: cmd.Corpus, Queries: cmd.Queries, Qrels: cmd.Qrels, Spans: cmd.Spans})
	if err != nil {
		return err
	}
	b, err := openEvalBench(ctx, cmd.evalDense)
	if err != nil {
		return err
	}
	defer b.close()
	name := cmp.Or(cmd.Name, filepath.Base(filepath.Dir(cmd.Corpus)))
	r, err := b.measure(ctx, name, set, eval.Options{History: eval.History(cmd.History), ByDomain: cmd.ByDomain, Limit: cmd.Limit}, cmd.Typos)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return writeJSON(os.Stdout, r)
	}
	return r.write(os.Stdout)
}

// evalReport is what a run says, also as JSON.
type evalReport struct {
	Set       string       `json:"set"`
	Documents int          `json:"documents"`
	Passages  int          `json:"passages"`
	Queries   int          `json:"queries"` // asked
	Slices    []eval.Slice `json:"slices"`
	Fused     []eval.Fused `json:"fused,omitempty"` // with an embeddings endpoint
	Typos     []typoLoss   `json:"typos,omitempty"`
	IndexS    float64      `json:"index_s"`
	AskS      float64      `json:"ask_s"`
	P50MS     float64      `json:"query_p50_ms"`
	P99MS     float64      `json:"query_p99_ms"`
	Notes     []string     `json:"notes,omitempty"`
}

// typoLoss is what misspelt questions lose, relative to the same spelt right.
type typoLoss struct {
	Set    string  `json:"set"`
	Metric string  `json:"metric"`
	Clean  float64 `json:"clean"`
	Typos  float64 `json:"typos"`
	Loss   float64 `json:"loss"` // 0.05: five per cent
	Plain  float64 `json:"plain_bm25_loss"`
}

func (b *evalBench) measure(ctx context.Context, name string, set *eval.Set, o eval.Options, typos bool) (*evalReport, error) {
	o.Parts = b.parted()
	m, err := eval.Run(ctx, b.open, set, o)
	if err != nil {
		return nil, err
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	r := &evalReport{Set: name, Documents: m.Documents, Passages: m.Passages, Queries: len(m.Outcomes), Slices: m.Slices(name), IndexS: m.Indexed.Seconds(),
		AskS: m.Asked.Seconds(), P50MS: ms(m.Quantile(.5)), P99MS: ms(m.Quantile(.99)), Notes: m.Notes}
	if o.Parts {
		r.Fused = m.Fused(name)
	}
	if !typos {
		return r, nil
	}
	o.Typos, o.Parts = true, false
	wrong, err := eval.Run(ctx, b.open, set, o)
	if err != nil {
		return nil, err
	}
	clean, bad := r.Slices[0], wrong.Slices(name)[0]
	for _, metric := range []string{"recall@5", "ndcg@10"} {
		l := typoLoss{Set: name, Metric: metric, Clean: clean.Figures[metric].Value, Typos: bad.Figures[metric].Value}
		l.Loss = 1 - l.Typos/l.Clean
		if clean.Plain != nil {
			l.Plain = 1 - bad.Plain[metric]/clean.Plain[metric]
		}
		r.Typos = append(r.Typos, l)
	}
	return r, nil
}

func (r *evalReport) write(w io.Writer) error {
	fmt.Fprintf(w, "%s: %d documents, %d passages indexed in %.1f s; %d questions in %.1f s, p50 %.1f ms, p99 %.1f ms.\n", r.Set, r.Documents, r.Passages, r.IndexS,
		r.Queries, r.AskS, r.P50MS, r.P99MS)
	for _, n := range r.Notes {
		fmt.Fprintf(w, "note: %s\n", n)
	}
	fmt.Fprintln(w)
	if err := eval.WriteTable(w, r.Slices); err != nil {
		return err
	}
	if err := writeFused(w, r.Fused); err != nil {
		return err
	}
	return writeTypos(w, r.Typos)
}

func writeFused(w io.Writer, all []eval.Fused) error {
	if len(all) == 0 {
		return nil
	}
	fmt.Fprint(w, "\nTerms, dense vectors, and both:\n\n")
	return eval.WriteFused(w, all)
}

func writeTypos(w io.Writer, losses []typoLoss) error {
	if len(losses) == 0 {
		return nil
	}
	fmt.Fprint(w, "\nOne in six words misspelt:\n\n")
	rows := [][]string{{"set", "metric", "clean", "misspelt", "loss", "plain BM25's loss"}}
	for _, l := range losses {
		rows = append(rows, []string{l.Set, l.Metric, eval.Short(l.Clean), eval.Short(l.Typos), fmt.Sprintf("%.1f %%", 100*l.Loss), fmt.Sprintf("%.1f %%", 100*l.Plain)})
	}
	return eval.WriteRows(w, rows)
}

// evalBench is a private PostgreSQL in a directory that is thrown away.
type evalBench struct {
	pg     *localpg.Server
	admin  *pgxpool.Pool
	closer closers
	made   int
	dims   int // of the embedder; 0: terms only
	// knowledge is what every Knowledge is made of, besides its database and index.
	knowledge knowledge.Config
}

// openEvalBench starts a bench that measures with the endpoints that d names.
func openEvalBench(ctx context.Context, d evalDense) (_ *evalBench, err error) {
	b := &evalBench{knowledge: knowledge.Config{CacheBytes: evalCache}}
	if err := d.on(b); err != nil {
		return nil, err
	}
	dir, clean, err := scratch("eval")
	if err != nil {
		return nil, err
	}
	b.closer.add(clean)
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	b.pg, err = localpg.Start(ctx, localpg.Config{Dir: filepath.Join(dir, "postgres"), BinDir: os.Getenv("FOOTNOTE_PG_BIN"), Fast: true})
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Unavailable, "%w", err)
	}
	b.closer.add(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := b.pg.Stop(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "footnote: PostgreSQL did not stop cleanly:", err)
		}
	})
	if b.admin, err = pgxpool.New(ctx, b.pg.DSN()); err != nil {
		return nil, pipeline.Errorf(pipeline.Unavailable, "connect to PostgreSQL: %w", err)
	}
	b.closer.add(b.admin.Close)
	return b, nil
}

func (b *evalBench) close() { b.closer.run() }

// open is an eval.Open: Knowledge over a new database and a new local index.
func (b *evalBench) open(ctx context.Context) (eval.Index, func(), error) {
	k, cfg, done, err := b.fresh(ctx)
	if err != nil || !b.parted() {
		return k, done, err
	}
	cfg.Embedder, cfg.Reranker = nil, nil
	terms := library.Open(cfg)
	return parted{k, terms}, func() { terms.Close(); done() }, nil
}

// fresh makes Knowledge over a new database and a new local index, and says what
// it is made of.
func (b *evalBench) fresh(ctx context.Context) (_ *library.Library, c knowledge.Config, done func(), err error) {
	var closer closers
	defer func() {
		if err != nil {
			closer.run()
		}
	}()
	b.made++
	name := fmt.Sprintf("eval_%d", b.made)
	if _, err := b.admin.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return nil, c, nil, fmt.Errorf("make a database: %w", err)
	}
	closer.add(func() {
		if _, err := b.admin.Exec(context.WithoutCancel(ctx), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			fmt.Fprintln(os.Stderr, "footnote: database not dropped:", err)
		}
	})
	cfg := b.admin.Config()
	cfg.ConnConfig.Database = name
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, c, nil, fmt.Errorf("connect to the database: %w", err)
	}
	closer.add(pool.Close)
	if err := migrations.Apply(ctx, pool); err != nil {
		return nil, c, nil, err
	}
	srv, err := local.Open(local.Config{})
	if err != nil {
		return nil, c, nil, err
	}
	closer.add(func() { _ = srv.Close() }) // in memory: nothing to save
	client, err := srv.Client()
	if err != nil {
		return nil, c, nil, err
	}
	closer.add(func() { client.Close() })
	c = b.knowledge
	c.Pool, c.Collections = pool, qdrant.New(qdrant.Config{Client: client, Dimensions: b.dims})
	k := library.Open(c)
	closer.add(k.Close)
	if err := k.Ready(ctx); err != nil {
		return nil, c, nil, err
	}
	return k, c, closer.run, nil
}

// evalCache keeps a whole corpus analysed.
const evalCache = 512 << 20
