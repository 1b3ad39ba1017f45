package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"footnote/knowledge"
	"footnote/knowledge/eval"
	"footnote/knowledge/source"
	"footnote/pipeline"
	"footnote/pipeline/drafting"
	"footnote/pipeline/drafting/grade"
)

type evalDraftsCmd struct {
	Data      string   `arg:"" default:"../shared/data" type:"path" help:"Folder of the sets."`
	Only      []string `help:"Print only these sets."`
	Limit     int      `help:"Ask so many questions of doc2dial, evenly spread; 0: all."`
	Keep      string   `type:"path" help:"Keep in this folder what searches found, and read it from there when the same is asked again."`
	Threshold float64  `help:"Draft from this probability; 0: as drafting does."`
	Shipped   bool     `help:"Draft every set with the fit that ships, not with one that has not seen the set."`
	Show      bool     `help:"Also print every draft that does not say what was asked, and every draft that should not be."`
	JSON      bool     `help:"Print JSON."`
	Fit       string   `type:"path" help:"Fit on all sets and write it here: pipeline/drafting/fit.json ships."`
	Penalty   float64  `default:"8" help:"L2 penalty of the probability's fit; every set weighs 500."`
}

// Run drafts the questions of every set with no model; where the sets are not, it
// says so and is content.
func (cmd *evalDraftsCmd) Run(ctx context.Context) error { return cmd.report(ctx, stdout) }

func (cmd *evalDraftsCmd) report(ctx context.Context, w io.Writer) error {
	if _, err := os.Stat(cmd.Data); err != nil {
		fmt.Fprintf(w, "The sets are not here (%s): put them beside the repository to measure drafts.\n", cmd.Data)
		return nil
	}
	bench := &draftBench{keep: cmd.Keep}
	defer bench.close()
	if err := bench.open(cmd, w); err != nil {
		return err
	}
	if cmd.Fit != "" {
		return bench.fit(ctx, cmd, w)
	}
	var all []grade.Figures
	var drafted []grade.Drafted
	for _, s := range bench.sets {
		if len(cmd.Only) > 0 && !slices.Contains(cmd.Only, s.name) {
			continue
		}
		fit := (*drafting.Fit)(nil)
		if s.fit && !cmd.Shipped {
			var err error
			if fit, err = bench.learn(ctx, cmd, s.name); err != nil {
				return err
			}
		}
		for _, n := range s.names {
			drafts, err := grade.Run(ctx, s.drafter(fit, cmd.Threshold), s.all[n])
			if err != nil {
				return fmt.Errorf("draft %s: %w", n, err)
			}
			p := draftPart{n, drafts}
			all, drafted = append(all, grade.Sum(p.name, p.drafts)), append(drafted, p.drafts...)
			if cmd.Show {
				show(w, p)
			}
		}
		if err := s.search.write(); err != nil {
			return err
		}
	}
	if cmd.JSON {
		return writeJSON(w, all)
	}
	return writeDrafts(w, all, drafted)
}

// draftPart is a part of a set with its drafts.
type draftPart struct {
	name   string
	drafts []grade.Drafted
}

func show(w io.Writer, p draftPart) {
	for _, d := range p.drafts {
		if d.Right || d.Case.Unanswerable && d.Draft.Abstained != "" {
			continue
		}
		last := d.Case.Ticket.Messages[len(d.Case.Ticket.Messages)-1].Text
		fmt.Fprintf(w, "%s: %q wants %q: %.2f %s%s\n", p.name, last, d.Case.Says, d.Draft.Probability, d.Draft.Abstained, quoted(d.Draft))
	}
}

func quoted(d pipeline.Draft) string {
	var out []string
	for _, s := range d.Sentences {
		if len(s.Receipts) > 0 {
			out = append(out, s.Text)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return fmt.Sprintf("%q", strings.Join(out, " / "))
}

// writeDrafts writes the table and the reliability chart.
func writeDrafts(w io.Writer, all []grade.Figures, drafted []grade.Drafted) error {
	rows := [][]string{{"set", "answerable", "drafted", "says what was asked", "first citation", "token F1", "unanswerable", "declined", "AUC", "said", "calibration error", "words"}}
	figure := func(x grade.Figure) string {
		if math.IsNaN(float64(x)) {
			return "–"
		}
		return eval.Short(float64(x))
	}
	for _, f := range all {
		rows = append(rows, []string{f.Set, fmt.Sprint(f.Answerable), figure(f.Drafted), figure(f.Right), figure(f.Cited), figure(f.F1), fmt.Sprint(f.Other), figure(f.Declined),
			figure(f.AUC), figure(f.Said), figure(f.Error), fmt.Sprint(f.Words)})
	}
	if err := eval.WriteRows(w, rows); err != nil {
		return err
	}
	var said []float64
	var right []bool
	for _, d := range drafted {
		if d.Draft.Abstained == "" {
			said, right = append(said, d.Draft.Confidence), append(right, d.Right)
		}
	}
	if len(said) == 0 {
		return nil
	}
	fmt.Fprintf(w, "\nWhat drafts say of themselves, and what is so (%d drafts, expected calibration error %s):\n", len(said), eval.Short(grade.CalibrationError(said, right)))
	for _, b := range grade.Bins(said, right) {
		if b.Drafts > 0 {
			fmt.Fprintf(w, "%.1f–%.1f %5d drafts  said %s  seen %s  %s\n", b.From, b.From+.1, b.Drafts, eval.Short(b.Said), eval.Short(b.Seen), strings.Repeat("█", int(math.Round(40*b.Seen))))
		}
	}
	return nil
}

// draftSet is a set that drafts are measured on.
type draftSet struct {
	name  string
	files eval.Files
	pages bool // rows are pages of a help centre: they are cleaned as such
	fit   bool // the probability is fitted on it, with others
	// cases makes the questions; parts with a name of their own are told apart.
	cases func(s *eval.Set, dir string) (map[string][]grade.Case, []string, error)
}

var draftSets = []draftSet{
	{name: "sample", fit: true, cases: sampleCases},
	{name: "kb_logingov", files: eval.Files{Corpus: "kb_logingov/corpus_docs.jsonl"}, pages: true, fit: true, cases: ownCases("kb_logingov")},
	{name: "kb_office", files: eval.Files{Corpus: "kb_office/corpus_docs.jsonl"}, pages: true, fit: true, cases: ownCases("kb_office")},
	{name: "clapnq", files: eval.Files{Corpus: "clapnq/corpus.jsonl", Queries: "clapnq/dev/queries.jsonl"}, fit: true, cases: clapCases},
	{name: "outside", files: eval.Files{Corpus: "doc2dial/corpus_docs.jsonl", Queries: "doc2dial/dev/queries.jsonl", Spans: "doc2dial/dev/spans.jsonl"}, fit: true, cases: outsideCases},
	{name: "doc2dial", files: eval.Files{Corpus: "doc2dial/corpus_docs.jsonl", Queries: "doc2dial/dev/queries.jsonl", Spans: "doc2dial/dev/spans.jsonl"}, fit: true, cases: dialCases},
}

func ticketOf(q eval.Query) pipeline.Ticket {
	t := pipeline.Ticket{Locale: "en"}
	for i, turn := range q.Turns(eval.Thread) {
		t.Messages = append(t.Messages, pipeline.Message{ID: fmt.Sprint(i), Role: turn.Role, Text: turn.Text, Public: true})
	}
	return t
}

func dialCases(s *eval.Set, _ string) (map[string][]grade.Case, []string, error) {
	var out []grade.Case
	golden := eval.NewGolden(s)
	for _, q := range s.Queries {
		gold := func(quotes []grade.Quote) float64 {
			return golden.Share(q.ID, func(yield func(string, [2]int) bool) {
				for _, k := range quotes {
					if !yield(k.Document, [2]int{k.Start, k.End}) {
						return
					}
				}
			})
		}
		out = append(out, grade.Case{ID: q.ID, Ticket: ticketOf(q), Reply: q.Reply, Gold: gold, Cites: func(p pipeline.Passage) bool { return golden.Covers(q.ID, p) }})
	}
	return map[string][]grade.Case{"doc2dial": out}, []string{"doc2dial"}, nil
}

// outsideCases are doc2dial's first turns, and as many questions about something else.
func outsideCases(s *eval.Set, dir string) (map[string][]grade.Case, []string, error) {
	all, _, err := dialCases(s, dir)
	if err != nil {
		return nil, nil, err
	}
	out := slices.DeleteFunc(all["doc2dial"], func(c grade.Case) bool { return len(c.Ticket.Messages) > 1 })
	others, err := eval.ReadQueries(filepath.Join(dir, "oos/clinc150/dev/val.jsonl"))
	if err != nil {
		return nil, nil, err
	}
	n := len(out)
	for i := range n {
		q := others[i*len(others)/n]
		out = append(out, grade.Case{ID: q.ID, Ticket: ticketOf(eval.Query{Text: q.Text}), Unanswerable: true})
	}
	return map[string][]grade.Case{"outside": out}, []string{"outside"}, nil
}

func clapCases(_ *eval.Set, dir string) (map[string][]grade.Case, []string, error) {
	type row struct {
		ID, Text, Answerability string
		Selected                [][]string `json:"selected_sentences"`
	}
	rows, err := readRows[row](filepath.Join(dir, "clapnq/dev/queries.jsonl"))
	if err != nil {
		return nil, nil, err
	}
	var out []grade.Case
	for _, r := range rows {
		c := grade.Case{ID: r.ID, Ticket: ticketOf(eval.Query{Text: r.Text}), Unanswerable: r.Answerability == "UNANSWERABLE"}
		if len(r.Selected) > 0 {
			c.Quotes = r.Selected[0]
		}
		out = append(out, c)
	}
	return map[string][]grade.Case{"clapnq": out}, []string{"clapnq"}, nil
}

// ownQuestion is a question of ours about a set's pages: what an answer says, or
// nothing where they have none.
type ownQuestion struct {
	Set, Ask, Omits, Locale string
	Says                    any
}

func (q ownQuestion) says() (out []string) {
	switch v := q.Says.(type) {
	case string:
		return []string{v}
	case []any:
		for _, s := range v {
			out = append(out, fmt.Sprint(s))
		}
	}
	return out
}

//go:embed testdata/direct.jsonl testdata/questions.jsonl
var ownQuestions embed.FS

func ownCases(set string) func(*eval.Set, string) (map[string][]grade.Case, []string, error) {
	return func(*eval.Set, string) (map[string][]grade.Case, []string, error) {
		out := map[string][]grade.Case{}
		names := []string{set}
		err := eachQuestion("testdata/questions.jsonl", func(n int, q ownQuestion) {
			if q.Set != set {
				return
			}
			says := q.says()
			out[set] = append(out[set], grade.Case{ID: fmt.Sprint(n), Ticket: asking(q.Ask, "en"), Says: says, Unanswerable: len(says) == 0})
			if len(says) == 0 {
				return
			}
			for i, v := range variants {
				name := set + ", " + v.name
				if len(out[name]) == 0 {
					names = append(names, name)
				}
				out[name] = append(out[name], grade.Case{ID: fmt.Sprint(n, "/", i), Ticket: asking(v.around(n, q.Ask), "en"), Says: says})
			}
		})
		return out, names, err
	}
}

func asking(text, locale string) pipeline.Ticket {
	return pipeline.Ticket{Locale: locale, Messages: []pipeline.Message{{ID: "question", Role: pipeline.RoleCustomer, Text: text, Public: true}}}
}

func sampleCases(*eval.Set, string) (map[string][]grade.Case, []string, error) {
	var out []grade.Case
	err := eachQuestion("testdata/direct.jsonl", func(n int, q ownQuestion) {
		out = append(out, grade.Case{ID: fmt.Sprint(n), Ticket: asking(q.Ask, q.Locale), Says: q.says(), Omits: q.Omits})
	})
	return map[string][]grade.Case{"sample": out}, []string{"sample"}, err
}

func eachQuestion(file string, f func(n int, q ownQuestion)) error {
	raw, err := ownQuestions.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read questions: %w", err)
	}
	n := 0
	for line := range strings.Lines(string(raw)) {
		var q ownQuestion
		if err := json.Unmarshal([]byte(line), &q); err != nil {
			return fmt.Errorf("read questions: %s line %d: %w", file, n+1, err)
		}
		n++
		f(n, q)
	}
	return nil
}

func readRows[T any](file string) ([]T, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read set: %w", err)
	}
	defer f.Close()
	var out []T
	d := json.NewDecoder(bufio.NewReader(f))
	for d.More() {
		var v T
		if err := d.Decode(&v); err != nil {
			return nil, fmt.Errorf("read set: %s: %w", file, err)
		}
		out = append(out, v)
	}
	return out, nil
}

// variant puts a question among other words, as customers do.
type variant struct {
	name   string
	around func(n int, ask string) string
}

var variants = []variant{
	{"polite", func(n int, ask string) string {
		before := []string{"Hello, I hope you are having a good day.", "Hi there! First of all, great service, I have been happy with it for years.", "Good morning, sorry to bother you.", ""}
		after := []string{"Thank you so much for your help in advance, it is really appreciated!", "Many thanks and have a nice weekend.", "Looking forward to hearing from you soon."}
		return strings.TrimSpace(before[n%4] + " " + ask + mark(ask) + " " + after[n%3])
	}},
	{"story", func(n int, ask string) string {
		before := []string{"I was on holiday with my family last month and my old laptop finally gave up, so I bought a new one on Monday.",
			"My colleague Martin recommended it to me and I have been trying to get everything going since breakfast.",
			"We are a small bakery with three people and none of us is good with computers, my nephew normally looks after this."}
		after := []string{"", "I have already spent two hours on this and my boss is waiting.", "I am using it at home and at work."}
		return strings.TrimSpace(before[n%3] + " " + ask + mark(ask) + " " + after[n/3%3])
	}},
	{"form", func(n int, ask string) string {
		forms := []string{"Name: Anna Miller\nEmail: anna.miller@example.org\nPhone: +1 555 0100\nSubject: Question\nMessage: %s\n\nIP: 192.0.2.7\nPage: https://example.org/contact",
			"You have a new message from the contact form.\n\nYour name\nAnna Miller\n\nYour email\nanna.miller@example.org\n\nYour question\n%s\n\nConsent\nI agree to the privacy policy.",
			"Topic: General\nYour question: %s\nOrder number: 48213\nUser agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64)"}
		return fmt.Sprintf(forms[n%3], ask)
	}},
}

func mark(ask string) string {
	if strings.HasSuffix(ask, "?") || strings.HasSuffix(ask, ".") {
		return ""
	}
	return "."
}

// draftBench makes indexes, and keeps what searches found when it has a folder for it.
type draftBench struct {
	keep  string
	bench *evalBench
	sets  []*openSet
}

// openSet is a set whose questions can be drafted.
type openSet struct {
	draftSet
	search  *keptSearch
	all     map[string][]grade.Case
	names   []string
	choices []grade.Choice // of the set's own part, once asked for
}

func (b *draftBench) close() {
	for _, s := range b.sets {
		s.search.close()
	}
	if b.bench != nil {
		b.bench.close()
	}
}

// open reads the sets that are there.
func (b *draftBench) open(cmd *evalDraftsCmd, w io.Writer) error {
	for _, s := range draftSets {
		set, err := s.load(cmd.Data)
		if err != nil {
			fmt.Fprintf(w, "%s is left out: %s\n", s.name, pipeline.Say(err))
			continue
		}
		set.Spread(cmd.Limit)
		o := &openSet{draftSet: s, search: &keptSearch{open: func(ctx context.Context) (drafting.Retriever, func(), error) { return b.index(ctx, s, set) }}}
		if o.all, o.names, err = s.cases(set, cmd.Data); errors.Is(err, fs.ErrNotExist) || pipeline.KindOf(err) == pipeline.Invalid && err != nil {
			fmt.Fprintf(w, "%s is left out: %s\n", s.name, pipeline.Say(err))
			continue
		}
		if err != nil {
			return err
		}
		if b.keep != "" {
			if err := o.search.read(filepath.Join(b.keep, s.name+".gob")); err != nil {
				return err
			}
		}
		b.sets = append(b.sets, o)
	}
	return nil
}

// anything is a threshold that declines nothing: what would be declined is judged too.
const anything = 1e-9

func (s *openSet) drafter(fit *drafting.Fit, threshold float64) *drafting.Drafter {
	return drafting.New(drafting.Config{Retriever: s.search, Fit: fit, Threshold: threshold})
}

// learnFrom is how many questions of one set a fit sees.
const learnFrom = 400

// learn fits on all sets but one: first the choice among sentences, then the
// probability of the drafts that this gives. nil where there is no other set: then
// what ships is measured.
func (b *draftBench) learn(ctx context.Context, cmd *evalDraftsCmd, but string) (*drafting.Fit, error) {
	var choices [][]grade.Choice
	for _, s := range b.sets {
		if !s.fit || s.name == but || s.none() {
			continue
		}
		if s.choices == nil {
			var err error
			if s.choices, err = chosen(ctx, s.drafter(nil, 0), s.some()); err != nil {
				return nil, err
			}
		}
		choices = append(choices, s.choices)
	}
	if len(choices) == 0 {
		return nil, nil // what ships, then
	}
	fit := &drafting.Fit{Choice: grade.FitChoice(choices, choicePenalty, choiceRounds), Section: make([]float64, len(drafting.SectionFeatures)), Likely: make([]float64, len(drafting.AnswerSignals))}
	var sections [][]grade.Choice
	for _, s := range b.sets {
		if !s.fit || s.name == but || s.none() {
			continue
		}
		one, err := answering(ctx, s.drafter(fit, 0), s.some())
		if err != nil {
			return nil, err
		}
		sections = append(sections, one)
	}
	fit.Section = grade.FitChoice(sections, choicePenalty, choiceRounds)
	var drafts [][]grade.Drafted
	for _, s := range b.sets {
		if !s.fit || s.name == but {
			continue
		}
		one, err := grade.Run(ctx, s.drafter(fit, anything), s.some())
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, one)
		if err := s.search.write(); err != nil {
			return nil, err
		}
	}
	r := grade.Fit(drafts, cmd.Penalty)
	fit.Bias, fit.Likely = r.Bias, r.Weights
	return fit, nil
}

// none tells a set from which no choice is learned: its questions are another set's.
func (s *openSet) none() bool { return s.name == "outside" }

// some of the questions of a set's own part, evenly spread.
func (s *openSet) some() []grade.Case {
	all := s.all[s.name]
	if len(all) <= learnFrom {
		return all
	}
	var out []grade.Case
	for i := range learnFrom {
		out = append(out, all[i*len(all)/learnFrom])
	}
	return out
}

// fit writes what ships.
func (b *draftBench) fit(ctx context.Context, cmd *evalDraftsCmd, w io.Writer) error {
	fit, err := b.learn(ctx, cmd, "")
	if err != nil {
		return err
	}
	thousandths := func(v []float64) {
		for i := range v {
			v[i] = math.Round(1000*v[i]) / 1000
		}
	}
	fit.Bias = math.Round(1000*fit.Bias) / 1000
	thousandths(fit.Choice)
	thousandths(fit.Section)
	thousandths(fit.Likely)
	for i, name := range drafting.PieceFeatures {
		fmt.Fprintf(w, "%8.3f %s\n", fit.Choice[i], name)
	}
	fmt.Fprintln(w)
	for i, name := range drafting.SectionFeatures {
		fmt.Fprintf(w, "%8.3f %s\n", fit.Section[i], name)
	}
	fmt.Fprintf(w, "\n%8.3f\n", fit.Bias)
	for i, name := range drafting.AnswerSignals {
		fmt.Fprintf(w, "%8.3f %s\n", fit.Likely[i], name)
	}
	raw, err := json.MarshalIndent(fit, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(cmd.Fit, append(raw, '\n'), 0o644); err != nil {
		return fmt.Errorf("write fit: %w", err)
	}
	return nil
}

func (s draftSet) load(dir string) (set *eval.Set, err error) {
	f := s.files.In(dir)
	switch {
	case f.Spans != "":
		return eval.Load(f)
	case f.Corpus != "" && f.Queries == "":
		set = &eval.Set{}
		set.Documents, err = eval.ReadDocuments(f.Corpus)
		return set, err
	case f.Qrels != "":
		return eval.Load(f)
	case f.Corpus != "":
		return eval.LoadAsked(f)
	}
	return &eval.Set{}, nil
}

// index of a set; the built-in sample has no corpus of rows.
func (b *draftBench) index(ctx context.Context, s draftSet, set *eval.Set) (_ drafting.Retriever, done func(), err error) {
	if b.bench == nil {
		if b.bench, err = openEvalBench(ctx, evalDense{}); err != nil {
			return nil, nil, err
		}
	}
	if s.files.Corpus != "" {
		return set.Index(ctx, b.bench.open, s.pages)
	}
	var closer closers
	defer func() {
		if err != nil {
			closer.run()
		}
	}()
	dir, clean, err := scratch("sample")
	if err != nil {
		return nil, nil, err
	}
	closer.add(clean)
	place := filepath.Join(dir, "sample-knowledge")
	if err := copyOnce(place, sampleFS("knowledge")); err != nil {
		return nil, nil, err
	}
	ix, drop, err := b.bench.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	closer.add(drop)
	if _, err = ix.Sync(ctx, source.Open("sample", place, knowledge.Settings{Audience: pipeline.Public})); err != nil {
		return nil, nil, err
	}
	return ix, closer.run, nil
}

// keptSearch is a Retriever that remembers answers by query, and opens an index at the
// first question that it does not know.
type keptSearch struct {
	open func(ctx context.Context) (drafting.Retriever, func(), error)

	mu    sync.Mutex
	file  string // empty: nothing is kept
	known map[string]pipeline.Answer
	fresh bool // there is more than in the file
	ix    drafting.Retriever
	done  func()
}

// Search implements drafting.Retriever.
func (k *keptSearch) Search(ctx context.Context, q pipeline.Query) (pipeline.Answer, error) {
	raw, err := json.Marshal(q)
	if err != nil {
		return pipeline.Answer{}, err
	}
	key := fmt.Sprintf("%x", sha256.Sum256(raw))
	ix, a, ok, err := k.look(ctx, key)
	if ok || err != nil {
		return a, err
	}
	if a, err = ix.Search(ctx, q); err == nil && k.file != "" {
		k.mu.Lock()
		k.known[key], k.fresh = a, true
		k.mu.Unlock()
	}
	return a, err
}

func (k *keptSearch) look(ctx context.Context, key string) (_ drafting.Retriever, a pipeline.Answer, ok bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if a, ok = k.known[key]; !ok && k.ix == nil {
		k.ix, k.done, err = k.open(ctx)
	}
	return k.ix, a, ok, err
}

func (k *keptSearch) close() {
	if k.done != nil {
		k.done()
	}
}

func (k *keptSearch) read(file string) error {
	k.file, k.known = file, map[string]pipeline.Answer{}
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read what was kept: %w", err)
	}
	defer f.Close()
	if err := gob.NewDecoder(bufio.NewReader(f)).Decode(&k.known); err != nil {
		return fmt.Errorf("read what was kept in %s: %w", file, err)
	}
	return nil
}

func (k *keptSearch) write() error {
	if k.file == "" || !k.fresh {
		return nil
	}
	f, err := os.Create(k.file)
	if err != nil {
		return fmt.Errorf("keep what was found: %w", err)
	}
	w := bufio.NewWriter(f)
	err = errors.Join(gob.NewEncoder(w).Encode(k.known), w.Flush(), f.Close())
	if err != nil {
		return fmt.Errorf("keep what was found: %w", err)
	}
	return nil
}
