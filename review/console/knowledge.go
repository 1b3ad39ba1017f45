package console

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"footnote/pipeline"
)

// pageSize is how many documents one page lists.
const pageSize = 50

type knowledgePage struct {
	frame
	Sources      []Source
	Quarantined  int
	Filter       DocumentFilter
	Page         DocumentPage
	First, Last  int // documents shown, counted from 1
	Prev, Follow string
	Filtered     bool
}

func (c *Console) knowledge(w http.ResponseWriter, r *http.Request) error {
	if c.Knowledge == nil {
		return missing("Knowledge")
	}
	p := knowledgePage{frame: c.frame(r, "Knowledge", "/knowledge")}
	p.Filter = DocumentFilter{Query: short(r.FormValue("q"), 200), Source: r.FormValue("source"),
		Audience: pipeline.Audience(r.FormValue("audience")), Offset: max(0, atoi(r.FormValue("from"))), Limit: pageSize}
	if p.Filter.Audience != pipeline.Public && p.Filter.Audience != pipeline.Restricted {
		p.Filter.Audience = ""
	}
	var err error
	if p.Sources, err = c.Knowledge.Sources(r.Context()); err != nil {
		return err
	}
	for _, s := range p.Sources {
		p.Quarantined += s.Quarantined
	}
	if p.Page, err = c.Knowledge.Documents(r.Context(), p.Filter); err != nil {
		return err
	}
	f := p.Filter
	p.Filtered = f.Query != "" || f.Source != "" || f.Audience != ""
	p.First, p.Last = min(f.Offset+1, p.Page.Total), min(f.Offset+len(p.Page.Documents), p.Page.Total)
	at := func(offset int) string {
		return withQuery("/knowledge", "q", f.Query, "source", f.Source, "audience", string(f.Audience), "from", positive(offset))
	}
	if f.Offset > 0 {
		p.Prev = at(max(0, f.Offset-pageSize))
	}
	if p.Last < p.Page.Total {
		p.Follow = at(f.Offset + pageSize)
	}
	return c.render(w, http.StatusOK, "knowledge", p)
}

type documentPage struct {
	frame
	Doc      Document
	Link     string
	Overdue  bool   // nobody vouched for it in a year
	Holding  string // "from … to …"; empty without bounds
	Holds    bool   // today
	Sections []section
	Past     []pastVersion
}

// holding says when a document is in force, and whether it is at a time.
func holding(d Document, now time.Time) (words string, holds bool) {
	const day = "2 Jan 2006"
	switch from, until := d.ValidFrom, d.ValidUntil; {
	case !from.IsZero() && !until.IsZero():
		words = from.Format(day) + " to " + until.Format(day)
	case !from.IsZero():
		words = "from " + from.Format(day)
	case !until.IsZero():
		words = "until " + until.Format(day)
	}
	return words, !now.Before(d.ValidFrom) && (d.ValidUntil.IsZero() || now.Before(d.ValidUntil.AddDate(0, 0, 1)))
}

type section struct {
	ID      string
	Heading string
	Number  int // from 1
	pipeline.Passage
}

type pastVersion struct {
	DocumentVersion
	Path string
	Here bool
}

func (c *Console) document(w http.ResponseWriter, r *http.Request) error {
	if c.Knowledge == nil {
		return missing("Knowledge")
	}
	d, err := c.Knowledge.Document(r.Context(), r.FormValue("id"), max(0, atoi(r.FormValue("version"))))
	if err != nil {
		return err
	}
	p := documentPage{frame: c.frame(r, d.Title, "/knowledge"), Doc: d, Link: link(d.URL),
		Overdue: d.ReviewedAt.IsZero() || c.Now().Sub(d.ReviewedAt).Hours() > 365*24}
	p.Holding, p.Holds = holding(d, c.Now())
	if p.Title == "" {
		p.Title = plain(d.Path)
	}
	for _, ps := range d.Passages {
		p.Sections = append(p.Sections, section{ID: "p-" + ps.ID, Heading: strings.Join(ps.Heading, " › "), Number: ps.Ordinal + 1, Passage: ps})
	}
	for _, v := range d.Versions {
		p.Past = append(p.Past, pastVersion{DocumentVersion: v, Path: documentPath(d.ID, v.Version, ""), Here: v.Version == d.Version})
	}
	return c.render(w, http.StatusOK, "document", p)
}

type quarantinePage struct {
	frame
	Items []Quarantined
}

func (c *Console) quarantine(w http.ResponseWriter, r *http.Request) error {
	if c.Knowledge == nil {
		return missing("Knowledge")
	}
	items, err := c.Knowledge.Quarantine(r.Context())
	if err != nil {
		return err
	}
	return c.render(w, http.StatusOK, "quarantine", quarantinePage{frame: c.frame(r, "Quarantine", "/knowledge"), Items: items})
}

// atoi is 0 for anything that is not a number.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
