package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"footnote/knowledge"
	"footnote/pipeline"
	"footnote/review/access"
)

// How many documents one page lists, and how many passages of one.
const (
	pageSize      = 50
	passagesShown = 100
)

// pager leads through a list that is longer than one page.
type pager struct {
	First, Last, Total int // shown, counted from 1
	Prev, Next         string
}

func newPager(offset, size, total int, path func(offset int) string) pager {
	p := pager{First: min(offset+1, total), Last: min(offset+size, total), Total: total}
	if offset > 0 {
		p.Prev = path(max(0, offset-size))
	}
	if p.Last < total {
		p.Next = path(offset + size)
	}
	return p
}

type knowledgePage struct {
	frame
	Sources     []Source
	MayRemove   bool
	Removed     string // says what was done
	Quarantined int
	LeftOut     int
	Decided     map[string][]knowledge.Decision
	Filter      DocumentFilter
	States      []stateChoice
	Rows        []documentRow
	Pager       pager
	Filtered    bool
}

func (c *Console) knowledge(w http.ResponseWriter, r *http.Request) error {
	if c.Knowledge == nil {
		return missing("Knowledge")
	}
	p := knowledgePage{frame: c.frame(r, "Knowledge", "/knowledge"), States: documentStates}
	p.Filter = DocumentFilter{Query: short(r.FormValue("q"), 200), Source: r.FormValue("source"),
		Audience: pipeline.Audience(r.FormValue("audience")), Offset: max(0, atoi(r.FormValue("from"))), Limit: pageSize}
	if p.Filter.Audience != pipeline.Public && p.Filter.Audience != pipeline.Restricted {
		p.Filter.Audience = ""
	}
	if i := slices.IndexFunc(documentStates, func(s stateChoice) bool { return string(s.State) == r.FormValue("state") }); i >= 0 {
		p.Filter.State = documentStates[i].State
	}
	var err error
	if p.Sources, err = c.Knowledge.Sources(r.Context()); err != nil {
		return err
	}
	for _, s := range p.Sources {
		p.Quarantined += s.Quarantined
		p.LeftOut += s.LeftOut
	}
	decided, err := c.Knowledge.Decisions(r.Context())
	if err != nil {
		return err
	}
	p.Decided = map[string][]knowledge.Decision{}
	for _, d := range decided {
		p.Decided[d.Source] = append(p.Decided[d.Source], d)
	}
	p.MayRemove = c.Curation != nil && access.May(agentOf(r).Role, access.RemoveSources)
	if name, ok := strings.CutPrefix(c.done(w, r).name, "removed "); ok && findSource(p.Sources, name) < 0 {
		p.Removed = short(name, 60)
	}
	page, err := c.Knowledge.Documents(r.Context(), p.Filter)
	if err != nil {
		return err
	}
	for _, d := range page.Documents {
		p.Rows = append(p.Rows, documentRow{Document: d, Due: overdue(d, c.Now()), Marks: documentMarks(d, c.Now())})
	}
	f := p.Filter
	p.Filtered = f.Query != "" || f.Source != "" || f.Audience != "" || f.State != ""
	p.Pager = newPager(f.Offset, pageSize, page.Total, func(offset int) string {
		return withQuery("/knowledge", "q", f.Query, "source", f.Source, "audience", string(f.Audience), "state", string(f.State), "from", positive(offset)) + "#documents"
	})
	return c.render(w, http.StatusOK, "knowledge", p)
}

// stateChoice is one state that the list can be filtered by.
type stateChoice struct {
	State knowledge.DocumentState
	Name  string
}

var documentStates = []stateChoice{{knowledge.Expired, "expired"}, {knowledge.NotYetValid, "not yet valid"}, {knowledge.ReviewDue, "review due"},
	{knowledge.Duplicate, "duplicates"}, {knowledge.Quarantine, "in quarantine"}, {knowledge.Removed, "removed"}}

type documentRow struct {
	Document
	Due   bool
	Marks []documentMark
}

// documentMark is a mark with what is behind it.
type documentMark struct {
	mark
	Detail string
}

// documentMarks says what keeps a document out of search, and what else is the
// matter with it besides a review that is due.
func documentMarks(d Document, now time.Time) (out []documentMark) {
	_, holds := holding(d, now)
	switch {
	case d.LeftOut:
		out = append(out, documentMark{mark{"warn", "Left out"}, d.Quarantine})
	case d.Quarantine != "":
		out = append(out, documentMark{mark{"bad", "In quarantine"}, d.Quarantine})
	case !d.DeletedAt.IsZero():
		out = append(out, documentMark{mark{"bad", "Removed " + d.DeletedAt.UTC().Format(dayFormat)}, ""})
	case !holds && now.Before(d.ValidFrom):
		out = append(out, documentMark{mark{"warn", "Not valid before " + d.ValidFrom.Format(dayFormat)}, ""})
	case !holds:
		out = append(out, documentMark{mark{"warn", "Expired " + d.ValidUntil.Format(dayFormat)}, ""})
	}
	if d.DuplicateOf != "" {
		out = append(out, documentMark{mark{"warn", "Duplicate"}, "of " + d.DuplicateOf})
	}
	return out
}

// overdue tells whether nobody vouched for a document in a year.
func overdue(d Document, now time.Time) bool {
	return d.ReviewedAt.IsZero() || now.Sub(d.ReviewedAt).Hours() >= 365*24
}

const dayFormat = "2 Jan 2006"

type documentPage struct {
	frame
	Doc      Document
	Link     string
	Overdue  bool      // nobody vouched for it in a year
	Holding  string    // "from … to …"; empty without bounds
	Holds    bool      // today
	Sections []section // those of one page
	Pager    pager
	Past     []pastVersion
}

// holding says when a document is in force, and whether it is at a time.
func holding(d Document, now time.Time) (words string, holds bool) {
	switch from, until := d.ValidFrom, d.ValidUntil; {
	case !from.IsZero() && !until.IsZero():
		words = from.Format(dayFormat) + " to " + until.Format(dayFormat)
	case !from.IsZero():
		words = "from " + from.Format(dayFormat)
	case !until.IsZero():
		words = "until " + until.Format(dayFormat)
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

// sectionHeading names a passage: by its headings, or by how it begins.
func sectionHeading(p pipeline.Passage) string {
	switch h := strings.Join(p.Heading, " › "); {
	case h != "":
		return h
	case p.Ordinal == 0:
		return "Start of the document"
	}
	return "“" + short(p.Text, 60) + "”"
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
		Overdue: overdue(d, c.Now())}
	p.Holding, p.Holds = holding(d, c.Now())
	if p.Title == "" {
		p.Title = plain(d.Path)
	}
	at := min(max(0, atoi(r.FormValue("from"))), max(0, len(d.Passages)-1))
	if cited := r.FormValue("passage"); cited != "" {
		at = max(0, slices.IndexFunc(d.Passages, func(ps pipeline.Passage) bool { return ps.ID == cited }))
	}
	at -= at % passagesShown
	p.Pager = newPager(at, passagesShown, len(d.Passages), func(offset int) string {
		return withQuery("/knowledge/document", "id", d.ID, "version", positive(d.Version), "from", positive(offset))
	})
	for _, ps := range d.Passages[at:p.Pager.Last] {
		p.Sections = append(p.Sections, section{ID: "p-" + ps.ID, Heading: sectionHeading(ps), Number: ps.Ordinal + 1, Passage: ps})
	}
	for _, v := range d.Versions {
		p.Past = append(p.Past, pastVersion{DocumentVersion: v, Path: documentPath(d.ID, v.Version, ""), Here: v.Version == d.Version})
	}
	return c.render(w, http.StatusOK, "document", p)
}

func findSource(all []Source, name string) int {
	return slices.IndexFunc(all, func(s Source) bool { return s.Name == name })
}

type removePage struct {
	frame
	Source Source
}

func (c *Console) confirmRemoval(w http.ResponseWriter, r *http.Request) error {
	if c.Knowledge == nil || c.Curation == nil {
		return missing("Knowledge")
	}
	sources, err := c.Knowledge.Sources(r.Context())
	if err != nil {
		return err
	}
	i := findSource(sources, r.FormValue("source"))
	if i < 0 {
		return pipeline.Errorf(pipeline.NotFound, "There is no such source; perhaps somebody removed it.")
	}
	return c.render(w, http.StatusOK, "remove", removePage{frame: c.frame(r, "Remove a source", "/knowledge"), Source: sources[i]})
}

func (c *Console) removeSource(w http.ResponseWriter, r *http.Request) error {
	if c.Curation == nil {
		return missing("Knowledge")
	}
	name := r.FormValue("source")
	n, err := c.Curation.RemoveSource(r.Context(), agentOf(r), name)
	if err != nil {
		return err
	}
	c.Log.InfoContext(r.Context(), "remove source", "source", name, "documents", n, "agent", agentOf(r).ID)
	c.leadTo(w, r, "/knowledge", "removed "+name)
	return nil
}

// atoi is 0 for anything that is not a number.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
