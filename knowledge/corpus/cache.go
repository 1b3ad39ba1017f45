package corpus

import (
	"container/list"
	"context"
	"fmt"
	"slices"
	"sync"

	"footnote/knowledge"
	"footnote/pipeline"
	"footnote/pipeline/text"
)

// Document is one version of a document, analysed. Versions never change,
// so neither do these.
type Document struct {
	ID       string
	version  int
	language string // how its words are stemmed
	knowledge.Validity
	Title    []text.Term
	Passages []Passage   // by ordinal
	terms    []text.Term // of the whole document, ascending
	counts   []uint16    // of terms; the title counts twice
	Length   float64     // sum of counts
	bytes    int         // estimated
}

type Passage struct {
	pipeline.Passage
	Hash         string
	HeadingTerms []text.Term
	Body         []text.Term
	Length       float64 // of body, heading and title
}

// newDocument analyses the rows of one document.
func newDocument(rows []knowledge.Current) *Document {
	r := rows[0]
	d := &Document{ID: r.Payload.Document, version: r.Payload.Version, language: r.Language, Validity: r.Validity, Title: text.Analyse(r.Language, r.Title), Passages: make([]Passage, len(rows)), bytes: 500}
	tf := map[text.Term]int{}
	for _, t := range d.Title {
		tf[t] += 2
	}
	for i, r := range rows {
		p := Passage{Hash: r.Hash, Body: r.Terms, HeadingTerms: text.Analyse(r.Language, knowledge.HeadingText(r.Heading)), Passage: pipeline.Passage{
			ID: r.ID, Document: r.Payload.Document, Version: r.Payload.Version, Ordinal: r.Ordinal, Source: r.Payload.Source, Title: r.Title,
			Heading: r.Heading, Text: r.Text, Start: r.Start, End: r.End, URL: r.URL, Audience: r.Payload.Audience, Locale: r.Payload.Locale,
			Product: r.Payload.Product, Owner: r.Payload.Owner, ReviewedAt: r.ReviewedAt, UpdatedAt: r.UpdatedAt}}
		p.Length = float64(len(p.Body) + len(p.HeadingTerms) + len(d.Title))
		for _, t := range p.Body {
			tf[t]++
		}
		d.Passages[i] = p
		d.bytes += 400 + len(r.Text) + 4*(len(p.Body)+len(p.HeadingTerms))
	}
	for t := range tf {
		d.terms = append(d.terms, t)
	}
	slices.Sort(d.terms)
	d.counts = make([]uint16, len(d.terms))
	for i, t := range d.terms {
		d.counts[i] = uint16(min(tf[t], 1<<16-1))
		d.Length += float64(tf[t])
	}
	d.bytes += 8 * len(d.terms)
	return d
}

// Count returns how often a term occurs in the document.
func (d *Document) Count(t text.Term) float64 {
	if i, ok := slices.BinarySearch(d.terms, t); ok {
		return float64(d.counts[i])
	}
	return 0
}

// Passage returns the Passage with this id, nil when the document's cached
// version has none.
func (d *Document) Passage(id string) *Passage {
	for i := range d.Passages {
		if d.Passages[i].ID == id {
			return &d.Passages[i]
		}
	}
	return nil
}

// cache keeps analysed documents, least recently used out first.
type cache struct {
	mu    sync.Mutex
	limit int
	bytes int
	order *list.List // of *cachedDocument, newest in front
	byID  map[string]*list.Element
}

func newCache(limit int) *cache {
	return &cache{limit: limit, order: list.New(), byID: map[string]*list.Element{}}
}

// get returns the documents it has; the others' ids come back in missing.
func (c *cache) get(ids []string) (found map[string]*Document, missing []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found = make(map[string]*Document, len(ids))
	for _, id := range ids {
		e, ok := c.byID[id]
		if !ok {
			missing = append(missing, id)
			continue
		}
		c.order.MoveToFront(e)
		found[id] = e.Value.(*Document)
	}
	return found, missing
}

// put keeps a document and lets go of the oldest beyond the limit.
func (c *cache) put(d *Document) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(d.ID)
	c.byID[d.ID] = c.order.PushFront(d)
	c.bytes += d.bytes
	for c.bytes > c.limit && c.order.Len() > 1 {
		c.drop(c.order.Back().Value.(*Document).ID)
	}
}

// fill keeps a document only when there is room, or when it replaces an older
// version: reading everything must not push out what is in use.
func (c *cache) fill(d *Document) {
	c.mu.Lock()
	_, have := c.byID[d.ID]
	room := c.bytes+d.bytes <= c.limit
	c.mu.Unlock()
	if have || room {
		c.put(d)
	}
}

// forget lets go of a document that is gone.
func (c *cache) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(id)
}

func (c *cache) drop(id string) {
	e, ok := c.byID[id]
	if !ok {
		return
	}
	c.bytes -= e.Value.(*Document).bytes
	c.order.Remove(e)
	delete(c.byID, id)
}

// Documents returns the current versions of Documents, from the cache where it
// has them. Documents that are deleted are not in the result.
func (c *Corpus) Documents(ctx context.Context, ids []string) (map[string]*Document, error) {
	found, missing := c.cache.get(ids)
	if len(missing) == 0 {
		return found, nil
	}
	return found, c.LoadDocuments(ctx, missing, found)
}

func (c *Corpus) LoadDocuments(ctx context.Context, ids []string, into map[string]*Document) error {
	conn, err := c.Pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("read passages: %w", err)
	}
	defer conn.Release()
	return readDocuments(ctx, conn, ids, func(d *Document) {
		c.cache.put(d)
		into[d.ID] = d
	})
}

// readDocuments calls f with each live document; ids nil means all.
func readDocuments(ctx context.Context, q knowledge.Querier, ids []string, f func(*Document)) error {
	var rows []knowledge.Current
	flush := func() {
		if len(rows) > 0 {
			f(newDocument(rows))
			rows = rows[:0]
		}
	}
	err := knowledge.EachCurrent(ctx, q, ids, func(r knowledge.Current) error {
		if len(rows) > 0 && rows[0].Payload.Document != r.Payload.Document {
			flush()
		}
		rows = append(rows, r)
		return nil
	})
	flush()
	return err
}
