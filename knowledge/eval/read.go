package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"footnote/knowledge/source"
	"footnote/pipeline"
)

// Document is a row of a corpus.
type Document = source.Row

// Turn is one message before the question.
type Turn struct {
	Role string `json:"role"` // "user"; anything else is the agent's side
	Text string `json:"text"`
}

// Query is a row of queries.jsonl. Text is the customer's newest message.
type Query struct {
	ID             string    `json:"id"`
	Text           string    `json:"text"`
	History        []Turn    `json:"history"`
	Domain         string    `json:"domain"`
	Lang           string    `json:"lang"`
	Source         string    `json:"source"`
	Reply          string    `json:"reply"`
	Answerability  string    `json:"answerability"`
	NeedsKnowledge *bool     `json:"needs_knowledge"`
	Created        time.Time `json:"created"`
}

// Judgement is a row of qrels.jsonl.
type Judgement struct {
	Query      string  `json:"qid"`
	Document   string  `json:"docid"`
	Rel        float64 `json:"rel"`
	SeenBefore bool    `json:"seen_before"`
}

// Span is a row of spans.jsonl: characters [Start, End) of a document's text.
type Span struct {
	Query    string `json:"qid"`
	Document string `json:"docid"`
	Start    int    `json:"start"`
	End      int    `json:"end"`
}

// Ticket is a row of tickets.jsonl.
type Ticket struct {
	ID       string    `json:"id"`
	Created  time.Time `json:"created"`
	Locale   string    `json:"locale"`
	Title    string    `json:"title"`
	Text     string    `json:"text"`
	Author   string    `json:"author"`
	Topic    string    `json:"topic"`
	Tags     []string  `json:"tags"`
	IsSolved *bool     `json:"is_solved"`
	URL      string    `json:"url"`
	Replies  []Reply   `json:"replies"`
}

// Reply is one answer to a ticket.
type Reply struct {
	ID         string    `json:"id"`
	Created    time.Time `json:"created"`
	Author     string    `json:"author"`
	Role       string    `json:"role"`
	Text       string    `json:"text"`
	KB         []string  `json:"kb"` // articles that it links to
	IsSolution bool      `json:"is_solution"`
}

// ReadDocuments reads a corpus. Ids must be there and differ.
func ReadDocuments(file string) ([]Document, error) {
	return unique(file, func(d Document) string { return d.ID })
}

// ReadQueries reads questions. Ids must be there and differ.
func ReadQueries(file string) ([]Query, error) {
	return unique(file, func(q Query) string { return q.ID })
}

// ReadTickets reads tickets. Ids must be there and differ.
func ReadTickets(file string) ([]Ticket, error) {
	return unique(file, func(t Ticket) string { return t.ID })
}

// ReadJudgements reads qrels; the same pair may not be judged twice.
func ReadJudgements(file string) ([]Judgement, error) {
	seen := map[[2]string]bool{}
	return read(file, func(j Judgement) error {
		pair := [2]string{j.Query, j.Document}
		switch {
		case j.Query == "" || j.Document == "":
			return errors.New("needs qid and docid")
		case seen[pair]:
			return fmt.Errorf("judges %s for %s again", j.Document, j.Query)
		}
		seen[pair] = true
		return nil
	})
}

// ReadSpans reads gold spans.
func ReadSpans(file string) ([]Span, error) {
	return read(file, func(s Span) error {
		switch {
		case s.Query == "" || s.Document == "":
			return errors.New("needs qid and docid")
		case s.Start < 0 || s.End <= s.Start:
			return fmt.Errorf("has the empty span %d–%d", s.Start, s.End)
		}
		return nil
	})
}

func unique[T any](file string, id func(T) string) ([]T, error) {
	seen := map[string]bool{}
	return read(file, func(v T) error {
		switch s := id(v); {
		case s == "":
			return errors.New("has no id")
		case seen[s]:
			return fmt.Errorf("has the id %s of an earlier line", s)
		default:
			seen[s] = true
			return nil
		}
	})
}

// longestLine is what one line may have.
const longestLine = 64 << 20

// read reads one value a line; blank lines are skipped. The kind of its errors
// is Invalid, and they name file and line: a figure over a part of a set would
// be another figure.
func read[T any](file string, check func(T) error) ([]T, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Invalid, "read set: %w", err)
	}
	defer f.Close()
	var out []T
	in := bufio.NewReaderSize(f, 1<<20)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, pipeline.Errorf(pipeline.Invalid, "read set: %w", err)
		}
		last := err != nil
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			var v T
			switch {
			case len(line) > longestLine:
				err = errors.New("is longer than 64 MB")
			default:
				if err = json.Unmarshal(line, &v); err == nil {
					err = check(v)
				}
			}
			if err != nil {
				return nil, pipeline.Errorf(pipeline.Invalid, "read set: %s line %d %w", file, n, err)
			}
			out = append(out, v)
		}
		if last {
			break
		}
	}
	if len(out) == 0 {
		return nil, pipeline.Errorf(pipeline.Invalid, "read set: %s holds nothing", file)
	}
	return slices.Clip(out), nil
}
