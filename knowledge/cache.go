package knowledge

import (
	"container/list"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// cachedDocument is one version of a document, analysed. Versions never change,
// so neither do these.
type cachedDocument struct {
	id      string
	version int
	validity
	title    []Term
	passages []cachedPassage // by ordinal
	terms    []Term          // of the whole document, ascending
	counts   []uint16        // of terms; the title counts twice
	length   float64         // sum of counts
	bytes    int             // estimated
}

type cachedPassage struct {
	pipeline.Passage
	hash    string
	heading []Term
	body    []Term
	length  float64 // of body, heading and title
}

// newCachedDocument analyses the rows of one document.
func newCachedDocument(rows []indexRow) *cachedDocument {
	r := rows[0]
	d := &cachedDocument{id: r.payload.Document, version: r.payload.Version, validity: r.validity, title: Analyse(r.language, r.title), passages: make([]cachedPassage, len(rows)), bytes: 500}
	tf := map[Term]int{}
	for _, t := range d.title {
		tf[t] += 2
	}
	for i, r := range rows {
		p := cachedPassage{hash: r.hash, body: r.terms, heading: Analyse(r.language, headingText(r.heading)), Passage: pipeline.Passage{
			ID: r.id, Document: r.payload.Document, Version: r.payload.Version, Ordinal: r.ordinal, Source: r.payload.Source, Title: r.title,
			Heading: r.heading, Text: r.text, Start: r.start, End: r.end, URL: r.url, Audience: r.payload.Audience, Locale: r.payload.Locale,
			Product: r.payload.Product, Owner: r.payload.Owner, ReviewedAt: r.reviewedAt, UpdatedAt: r.updatedAt}}
		p.length = float64(len(p.body) + len(p.heading) + len(d.title))
		for _, t := range p.body {
			tf[t]++
		}
		d.passages[i] = p
		d.bytes += 400 + len(r.text) + 4*(len(p.body)+len(p.heading))
	}
	for t := range tf {
		d.terms = append(d.terms, t)
	}
	slices.Sort(d.terms)
	d.counts = make([]uint16, len(d.terms))
	for i, t := range d.terms {
		d.counts[i] = uint16(min(tf[t], 1<<16-1))
		d.length += float64(tf[t])
	}
	d.bytes += 8 * len(d.terms)
	return d
}

// count returns how often a term occurs in the document.
func (d *cachedDocument) count(t Term) float64 {
	if i, ok := slices.BinarySearch(d.terms, t); ok {
		return float64(d.counts[i])
	}
	return 0
}

// passage returns the passage with this id, nil when the document's cached
// version has none.
func (d *cachedDocument) passage(id string) *cachedPassage {
	for i := range d.passages {
		if d.passages[i].ID == id {
			return &d.passages[i]
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
func (c *cache) get(ids []string) (found map[string]*cachedDocument, missing []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found = make(map[string]*cachedDocument, len(ids))
	for _, id := range ids {
		e, ok := c.byID[id]
		if !ok {
			missing = append(missing, id)
			continue
		}
		c.order.MoveToFront(e)
		found[id] = e.Value.(*cachedDocument)
	}
	return found, missing
}

// put keeps a document and lets go of the oldest beyond the limit.
func (c *cache) put(d *cachedDocument) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(d.id)
	c.byID[d.id] = c.order.PushFront(d)
	c.bytes += d.bytes
	for c.bytes > c.limit && c.order.Len() > 1 {
		c.drop(c.order.Back().Value.(*cachedDocument).id)
	}
}

// fill keeps a document only when there is room, or when it replaces an older
// version: reading everything must not push out what is in use.
func (c *cache) fill(d *cachedDocument) {
	c.mu.Lock()
	_, have := c.byID[d.id]
	room := c.bytes+d.bytes <= c.limit
	c.mu.Unlock()
	if have || room {
		c.put(d)
	}
}

func (c *cache) drop(id string) {
	e, ok := c.byID[id]
	if !ok {
		return
	}
	c.bytes -= e.Value.(*cachedDocument).bytes
	c.order.Remove(e)
	delete(c.byID, id)
}

// documents returns the current versions of documents, from the cache where it
// has them. Documents that are deleted are not in the result.
func (k *Knowledge) documents(ctx context.Context, ids []string) (map[string]*cachedDocument, error) {
	found, missing := k.cache.get(ids)
	if len(missing) == 0 {
		return found, nil
	}
	return found, k.loadDocuments(ctx, missing, found)
}

func (k *Knowledge) loadDocuments(ctx context.Context, ids []string, into map[string]*cachedDocument) error {
	conn, err := k.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("read passages: %w", err)
	}
	defer conn.Release()
	return readDocuments(ctx, conn, ids, func(d *cachedDocument) {
		k.cache.put(d)
		into[d.id] = d
	})
}

// querier is a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// readDocuments calls f with each live document; ids nil means all.
func readDocuments(ctx context.Context, q querier, ids []string, f func(*cachedDocument)) error {
	var rows []indexRow
	flush := func() {
		if len(rows) > 0 {
			f(newCachedDocument(rows))
			rows = rows[:0]
		}
	}
	err := currentRows(ctx, q, ids, func(r indexRow) error {
		if len(rows) > 0 && rows[0].payload.Document != r.payload.Document {
			flush()
		}
		rows = append(rows, r)
		return nil
	})
	flush()
	return err
}
