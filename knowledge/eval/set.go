package eval

import (
	"fmt"
	"path/filepath"
	"strings"

	"footnote/knowledge"
	"footnote/pipeline"
)

// Files names the files of a set. Corpus and Queries are required, and one of
// Qrels and Spans.
type Files struct {
	Corpus, Queries, Qrels, Spans string
}

// In places the files that f names in a folder.
func (f Files) In(dir string) Files {
	for _, name := range []*string{&f.Corpus, &f.Queries, &f.Qrels, &f.Spans} {
		if *name != "" {
			*name = filepath.Join(dir, *name)
		}
	}
	return f
}

// Set is a corpus with questions and what is relevant to them.
type Set struct {
	Documents []Document
	Queries   []Query
	Gains     map[string]map[string]float64 // query → row or document → gain; nil with spans
	Spans     map[string][]Span             // by query
	Notes     []string                      // what does not fit together
}

// Load reads a set. The kind of its errors is Invalid; they name file and line.
func Load(f Files) (*Set, error) {
	switch {
	case f.Corpus == "" || f.Queries == "":
		return nil, pipeline.Errorf(pipeline.Invalid, "a set needs a corpus and queries")
	case (f.Qrels == "") == (f.Spans == ""):
		return nil, pipeline.Errorf(pipeline.Invalid, "a set needs either qrels or spans")
	}
	s := &Set{}
	var err error
	if s.Documents, err = ReadDocuments(f.Corpus); err != nil {
		return nil, err
	}
	if s.Queries, err = ReadQueries(f.Queries); err != nil {
		return nil, err
	}
	if f.Spans != "" {
		err = s.loadSpans(f.Spans)
	} else {
		err = s.loadQrels(f.Qrels)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Set) loadQrels(file string) error {
	all, err := ReadJudgements(file)
	if err != nil {
		return err
	}
	s.Gains = map[string]map[string]float64{}
	asked, known := s.queryIDs(), s.documentIDs()
	unasked, lost := 0, 0
	for _, j := range all {
		if !asked[j.Query] {
			unasked++
			continue
		}
		if j.Rel <= 0 {
			continue
		}
		if !known[j.Document] {
			lost++
		}
		if s.Gains[j.Query] == nil {
			s.Gains[j.Query] = map[string]float64{}
		}
		s.Gains[j.Query][j.Document] = j.Rel
	}
	s.note(unasked, "judgements name questions that are not in the set: left out")
	s.note(lost, "relevant rows are not in the corpus: they count as not found")
	return s.somethingToFind(len(s.Gains), file)
}

func (s *Set) loadSpans(file string) error {
	all, err := ReadSpans(file)
	if err != nil {
		return err
	}
	s.Spans = map[string][]Span{}
	asked, known := s.queryIDs(), s.documentIDs()
	unasked, lost := 0, 0
	for _, sp := range all {
		switch {
		case !asked[sp.Query]:
			unasked++
		case !known[sp.Document]:
			lost++
		default:
			s.Spans[sp.Query] = append(s.Spans[sp.Query], sp)
		}
	}
	s.note(unasked, "spans name questions that are not in the set: left out")
	s.note(lost, "spans name documents that are not in the corpus: left out")
	return s.somethingToFind(len(s.Spans), file)
}

func (s *Set) somethingToFind(n int, file string) error {
	if n == 0 {
		return pipeline.Errorf(pipeline.Invalid, "read set: nothing in %s is relevant to a question of this set: do the files belong together?", file)
	}
	return nil
}

func (s *Set) note(n int, what string) {
	if n > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%d %s", n, what))
	}
}

func (s *Set) queryIDs() map[string]bool {
	ids := map[string]bool{}
	for _, q := range s.Queries {
		ids[q.ID] = true
	}
	return ids
}

// documentIDs are what may be judged: rows, and the documents they belong to.
func (s *Set) documentIDs() map[string]bool {
	ids := map[string]bool{}
	for _, d := range s.Documents {
		ids[d.ID] = true
		if doc := d.Field("doc"); doc != "" {
			ids[doc] = true
		}
	}
	return ids
}

// whole tells whether qrels judge documents of which the corpus has passages.
func (s *Set) whole() bool {
	rows := map[string]bool{}
	for _, d := range s.Documents {
		rows[d.ID] = true
	}
	judged, asRow := 0, 0
	for _, gains := range s.Gains {
		for id := range gains {
			judged++
			if rows[id] {
				asRow++
			}
		}
	}
	return 2*asRow < judged
}

// domains lists the values of meta.domain, in the order of the corpus.
func (s *Set) domains() []string {
	var out []string
	seen := map[string]bool{}
	for _, d := range s.Documents {
		if name := d.Field("domain"); !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

// raws makes documents of rows. rows tells which row each given passage is, by
// document and ordinal; documents that are cut here are not in it.
func raws(all []Document) (docs []knowledge.Raw, rows map[string][]string) {
	rows = map[string][]string{}
	at := map[string]int{}
	for _, d := range all {
		doc := d.Field("doc")
		if doc == "" {
			docs = append(docs, d.Raw())
			continue
		}
		i, ok := at[doc]
		if !ok {
			i = len(docs)
			at[doc] = i
			whole := d
			whole.ID, whole.Text = doc, ""
			docs = append(docs, whole.Raw())
			docs[i].Given = []knowledge.Chunk{}
		}
		if give(&docs[i], d) {
			rows[doc] = append(rows[doc], d.ID)
		}
	}
	return docs, rows
}

// give appends a row to its document as a passage.
func give(raw *knowledge.Raw, d Document) bool {
	text := strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(d.Text, "\x00", " "), "\ufffd"))
	if text == "" {
		return false
	}
	if len(raw.Data) > 0 {
		raw.Data = append(raw.Data, "\n\n"...)
	}
	heading := []string{}
	switch {
	case raw.Meta.Title == "":
		raw.Meta.Title = d.Title
	case d.Title != "" && d.Title != raw.Meta.Title:
		heading = []string{d.Title}
	}
	raw.Given = append(raw.Given, knowledge.Chunk{Heading: heading, Start: len(raw.Data), End: len(raw.Data) + len(text)})
	raw.Data = append(raw.Data, text...)
	raw.Size = int64(len(raw.Data))
	return true
}
