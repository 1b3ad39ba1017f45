package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"footnote/knowledge/eval"
	"footnote/knowledge/eval/report"
	"footnote/pipeline/drafting"
)

type evalCmd struct {
	Retrieval   evalRetrievalCmd   `cmd:"" help:"Search a labelled set the way drafts do; prints recall, nDCG and MRR with intervals."`
	Sets        evalSetsCmd        `cmd:"" help:"The same over every set of a data folder, as one table."`
	Abstention  evalAbstentionCmd  `cmd:"" help:"Tell questions that the corpus answers from others; prints AUC, the coverage–error curve and what the threshold does."`
	Calibration evalCalibrationCmd `cmd:"" help:"Fit that probability on every set of a data folder; prints constants, and figures on sets that were not fitted on."`
	Drafts      evalDraftsCmd      `cmd:"" help:"Draft the questions of every set with no model; prints what drafts say, cite and decline, and what their probability is worth."`
	Grounding   evalGroundingCmd   `cmd:"" help:"Tell texts that their evidence supports from others, on labelled sets; prints balanced accuracy."`
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
	r, err := report.Measure(ctx, b.open, name, set, eval.Options{History: eval.History(cmd.History), ByDomain: cmd.ByDomain, Limit: cmd.Limit, Parts: b.parted()}, cmd.Typos)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return writeJSON(stdout, r)
	}
	return r.Write(stdout)
}

type evalSetsCmd struct {
	Data  string   `arg:"" default:"../shared/data" type:"path" help:"Folder of the sets."`
	Only  []string `help:"Only these sets."`
	Limit int      `help:"Ask so many questions of each set, evenly spread; 0: all."`
	JSON  bool     `help:"Print JSON."`

	evalDense
}

// Run measures every set; where they are not, it says so and is content.
func (cmd *evalSetsCmd) Run(ctx context.Context) error {
	if _, err := os.Stat(cmd.Data); err != nil {
		fmt.Fprintf(stdout, "The sets are not here (%s): put them beside the repository to measure retrieval.\n", cmd.Data)
		return nil
	}
	b, err := openEvalBench(ctx, cmd.evalDense)
	if err != nil {
		return err
	}
	defer b.close()
	var all []*report.Retrieval
	for _, s := range report.Sets {
		if !s.Wanted(cmd.Only) {
			continue
		}
		set, err := eval.Load(s.Files.In(cmd.Data))
		if err != nil {
			return err
		}
		// Misspelt questions would all be embedded anew: they are for terms.
		r, err := report.Measure(ctx, b.open, s.Name, set, eval.Options{ByDomain: s.ByDomain, Limit: cmd.Limit, Parts: b.parted()}, s.PlainTypos && !b.parted())
		if err != nil {
			return fmt.Errorf("measure %s: %w", s.Name, err)
		}
		fmt.Fprintf(stderr, "%s: indexed in %.1f s, asked in %.1f s\n", s.Name, r.IndexS, r.AskS)
		all = append(all, r)
	}
	if cmd.JSON {
		return writeJSON(stdout, all)
	}
	return report.WriteAll(stdout, all)
}

type evalAbstentionCmd struct {
	Corpus    string  `required:"" type:"path" help:"Rows {id,title,text,url,meta}; rows with meta.doc are passages of that document."`
	Queries   string  `required:"" type:"path" help:"Rows {id,text,history,answerability,needs_knowledge}."`
	Qrels     string  `type:"path" help:"Rows {qid,docid,rel}: questions that do not say themselves are answerable when something is relevant."`
	Outside   string  `type:"path" help:"Rows {id,text}: further questions, which the corpus does not answer."`
	ByDomain  bool    `help:"One index for each meta.domain; questions go to that of their domain."`
	Half      bool    `help:"Hide every other document: questions that only it answers have no answer. Needs qrels."`
	Source    string  `help:"Only questions of this source."`
	Limit     int     `help:"Ask so many questions, evenly spread; 0: all."`
	Threshold float64 `help:"Show what this threshold does; 0: the one that drafting uses."`
	Name      string  `help:"Name in the report; empty: the corpus' folder."`
	JSON      bool    `help:"Print JSON."`

	evalDense
}

// Run asks every question on a throw-away database and index.
func (cmd *evalAbstentionCmd) Run(ctx context.Context) error { return cmd.report(ctx, stdout) }

func (cmd *evalAbstentionCmd) report(ctx context.Context, w io.Writer) error {
	s, err := eval.LoadAsked(eval.Files{Corpus: cmd.Corpus, Queries: cmd.Queries, Qrels: cmd.Qrels})
	if err != nil {
		return err
	}
	if cmd.Source != "" {
		s.Only(cmd.Source)
	}
	if cmd.Outside != "" {
		if err := s.Outside(cmd.Outside); err != nil {
			return err
		}
	}
	b, err := openEvalBench(ctx, cmd.evalDense)
	if err != nil {
		return err
	}
	defer b.close()
	all, err := eval.Label(ctx, b.open, s, eval.Options{ByDomain: cmd.ByDomain, Half: cmd.Half, Limit: cmd.Limit, Taught: b.knowledge.Embedder != nil})
	if err != nil {
		return err
	}
	r := report.NewAbstention(cmp.Or(cmd.Name, filepath.Base(filepath.Dir(cmd.Corpus))), all, cmp.Or(cmd.Threshold, drafting.AnswerThreshold))
	if b.knowledge.Embedder != nil {
		r.Teach(all, cmd.EmbeddingModel)
	}
	if cmd.JSON {
		return writeJSON(w, r)
	}
	return r.Write(w)
}

type evalCalibrationCmd struct {
	Data    string  `arg:"" default:"../shared/data" type:"path" help:"Folder of the sets."`
	Limit   int     `default:"900" help:"Ask so many questions of each set, evenly spread; 0: all."`
	Penalty float64 `default:"4" help:"L2 penalty; every set weighs 500."`
	Lose    float64 `default:"0.02" help:"Choose the highest threshold that loses at most this share of questions with an answer."`
	Keep    string  `type:"path" help:"Keep the signals in this file, and read them from it when it is there."`
	Write   string  `type:"path" help:"Write the calibration here: knowledge/search/answerable.json ships."`
}

// Run fits, and says how well that carries over.
func (cmd *evalCalibrationCmd) Run(ctx context.Context) error {
	sets, err := cmd.questions(ctx)
	if err != nil {
		return err
	}
	c, err := report.NewCalibration(sets, cmd.Penalty, cmd.Lose)
	if err != nil {
		return err
	}
	if cmd.Write != "" {
		raw, err := c.Encode()
		if err != nil {
			return err
		}
		if err := os.WriteFile(cmd.Write, raw, 0o644); err != nil {
			return fmt.Errorf("write calibration: %w", err)
		}
	}
	return c.Write(stdout)
}

func (cmd *evalCalibrationCmd) questions(ctx context.Context) ([]report.Kept, error) {
	var kept []report.Kept
	if raw, err := os.ReadFile(cmd.Keep); cmd.Keep != "" && err == nil {
		return kept, json.Unmarshal(raw, &kept)
	}
	b, err := openEvalBench(ctx, evalDense{})
	if err != nil {
		return nil, err
	}
	defer b.close()
	kept, err = report.Ask(ctx, b.open, cmd.Data, cmd.Limit, func(k report.Kept) {
		fmt.Fprintf(stderr, "%s: %d questions\n", k.Name, len(k.Questions))
	})
	if err != nil || cmd.Keep == "" {
		return kept, err
	}
	raw, err := json.Marshal(kept)
	if err != nil {
		return nil, err
	}
	return kept, os.WriteFile(cmd.Keep, raw, 0o600)
}

type evalLearningCmd struct {
	Corpus  string  `type:"path" help:"Rows {id,title,text}; empty: the documents that qrels name, by the words of their names."`
	Tickets string  `type:"path" help:"Rows {id,author,replies[{created,author,kb}]}: when a reply cited, and who wrote it."`
	Queries string  `required:"" type:"path" help:"Rows {id,text,history,created}: the stream, by created or as the file has it."`
	Qrels   string  `type:"path" help:"Rows {qid,docid,rel}: what the approved reply cites."`
	Spans   string  `type:"path" help:"Rows {qid,docid,start,end} instead of qrels."`
	Hostile float64 `help:"Also with this share of approvals that cite something wrong, e.g. 0.1."`
	JSON    bool    `help:"Print JSON."`

	evalDense
}

// Run replays the stream on a throw-away database and index.
func (cmd *evalLearningCmd) Run(ctx context.Context) error {
	s, err := eval.LoadStream(eval.LearningFiles{Files: eval.Files{Corpus: cmd.Corpus, Queries: cmd.Queries, Qrels: cmd.Qrels, Spans: cmd.Spans}, Tickets: cmd.Tickets})
	if err != nil {
		return err
	}
	b, err := openEvalBench(ctx, cmd.evalDense)
	if err != nil {
		return err
	}
	defer b.close()
	rep := report.Learning{Set: filepath.Base(filepath.Dir(filepath.Dir(cmd.Queries))), HostileRate: cmd.Hostile}
	if rep.Gains, err = b.replay(ctx, s, 0); err != nil {
		return err
	}
	if cmd.Hostile > 0 {
		if rep.Hostile, err = b.replay(ctx, s, cmd.Hostile); err != nil {
			return err
		}
	}
	if cmd.JSON {
		return writeJSON(stdout, rep)
	}
	return rep.Write(stdout)
}

func (b *evalBench) replay(ctx context.Context, s *eval.Stream, hostile float64) ([]eval.Gain, error) {
	k, _, done, err := b.fresh(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	steps, err := s.Replay(ctx, k, hostile)
	if err != nil {
		return nil, err
	}
	return eval.Gains(steps), nil
}

// evalDense names the endpoints to measure with; the zero value measures terms
// alone, whatever the environment says.
type evalDense struct {
	EmbeddingURL   string `help:"OpenAI-compatible endpoint of embeddings, such as http://127.0.0.1:8000/v1: also compares terms, vectors and both. Its key is read from OPENAI_API_KEY."`
	EmbeddingModel string `help:"Its model."`
	EmbeddingSize  int    `help:"Dimensions of that model."`
	QuestionPrefix string `help:"What stands before a question; empty: what the model's name is known for, none: nothing."`
	PassagePrefix  string `help:"The same before a passage."`
	RerankURL      string `help:"Whole address of a rerank endpoint (Cohere, Jina, vLLM). Its key is read from FOOTNOTE_RERANK_API_KEY."`
	RerankModel    string `help:"Its model."`
}
