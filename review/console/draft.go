package console

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sergi/go-diff/diffmatchpatch"

	"footnote/pipeline"
	"footnote/review/access"
)

// draftView is one draft as the ticket page shows it.
type draftView struct {
	pipeline.Review
	Paragraphs []paragraph
	Sources    []sourceView
	Findings   []findingView // of the whole draft; a sentence's own stand with it too
	Confidence mark
	Bars       []bool
	By         string // who drafted it, in words
	Notes      []string
	Nearest    []nearestView
	Recipient  string
	Signed     Signature // in whose name it would go
	Can        actions
	Claimed    bool
	ClaimedMe  bool
	Older      bool // a newer version exists
	Edited     bool // the approved text is not the draft's
	ByHand     bool // Paragraphs are the approved text's
	Diff       []stretch
	RemoteID   string
	Delivery   mark
	Advice     string // what to do about a reply that came back
	Undone     bool   // the approval was taken back
	Seconds    int    // until an approved reply leaves, while it can be taken back
}

// actions are what this person may try now; review.Decide has the last word.
type actions struct {
	Approve, Again, Edit, Claim, Release, Reject, HandOff, Redraft, Arrived, Undo bool
}

// Any tells whether there is something to do.
func (a actions) Any() bool { return a != actions{} }

type paragraph struct{ Lines []line }

type line struct{ Sentences []sentenceView }

type sentenceView struct {
	Text     string
	Last     string // its last word, which stays on one line with the markers
	Plain    bool
	Cites    []citeView
	Findings []findingView
	Bad      string // class of the worst finding; empty without one
	State    string // in a reply that a person wrote: kept, proven, plain, unproven
}

// citeView is one receipt at its sentence.
type citeView struct {
	ID     string // of the element that shows it
	Number int
	Quote  string
	sourceRef
}

// sourceRef is where a quote stands.
type sourceRef struct {
	Section  string
	URL      string // the source, for people; empty unless http(s)
	Path     string // the document's page here
	Version  int
	Internal bool
}

// sourceView is one cited passage with all quotes taken from it.
type sourceView struct {
	Number int
	Quotes []string
	sourceRef
}

type findingView struct {
	mark
	Check    string
	Detail   string
	Sentence int // counted from 1; 0 for the whole draft
}

// nearestView is a passage that was found but does not answer the question.
type nearestView struct {
	Text    string
	Support float64
	sourceRef
}

// stretch is a stretch of the difference between draft and sent text.
type stretch struct {
	Op   string // same | gone | new
	Text string
}

func newDraftView(rv pipeline.Review, t pipeline.Ticket, a pipeline.Agent) *draftView {
	d := &draftView{Review: rv, Confidence: confidence(rv.Draft.Confidence), Bars: bars(rv.Draft.Confidence),
		Recipient: addressed(t.Requester), Can: allowed(rv, a), Claimed: rv.State == pipeline.StateClaimed,
		ClaimedMe: rv.State == pipeline.StateClaimed && rv.ClaimedBy.ID == a.ID, Delivery: deliveries[rv.Delivery]}
	d.By, d.Notes = provenance(rv.Draft)
	d.Findings = findingViews(rv.Draft.Findings)
	d.Paragraphs, d.Sources = layout(rv.Draft)
	if sent := (pipeline.Edited{Sentences: rv.Sentences}); len(rv.Sentences) > 0 { // what was approved stands on its own sources
		var shown ticketPage
		shown.showEdited(sent)
		d.Paragraphs, d.ByHand = shown.Preview, true
		_, d.Sources = layout(sent.Draft(pipeline.Draft{}))
	}
	for _, h := range rv.Draft.Nearest {
		d.Nearest = append(d.Nearest, nearestView{Text: h.Passage.Text, Support: h.Support, sourceRef: sourceRef{Section: h.Passage.Section(),
			URL: link(h.Passage.URL), Path: documentPath(h.Passage.Document, h.Passage.Version, h.Passage.ID), Version: h.Passage.Version,
			Internal: h.Passage.Audience == pipeline.Restricted}})
	}
	if rv.Text != "" && rv.Text != rv.Draft.Text() {
		d.Edited = true
		d.Diff = difference(rv.Draft.Text(), rv.Text)
	}
	for _, m := range t.Messages { // the desk's own id of what was sent
		if m.Marker != "" && m.Role == pipeline.RoleAgent && !m.At.Before(rv.DecidedAt.Add(-time.Minute)) && rv.State == pipeline.StateSent {
			d.RemoteID = m.ID
			break
		}
	}
	d.Advice = advice[rv.Delivery]
	d.Undone = rv.State == pipeline.StateReturned && rv.Delivery == pipeline.DeliveryUndone
	return d
}

// addressed is whom a reply goes to, with the address itself: two people may have one
// name, and a forger somebody's.
func addressed(p pipeline.Person) string {
	who := personName(p)
	if p.Email == "" || p.Email == who {
		return who
	}
	return who + " <" + p.Email + ">"
}

// advice says what to do when delivery gave a reply back.
var advice = map[pipeline.DeliveryState]string{
	pipeline.DeliveryFailed: "The desk has nothing. Change what it names, then send again.",
	pipeline.DeliveryStale:  "Nothing was sent. Read what is new in the thread, then redraft, or send again if the reply still fits.",
	pipeline.DeliveryAsked: "Look for it at the desk: in the ticket, its private notes, tickets it was merged with or split into, and what was deleted; for mail, in all folders and the mail server's log, or ask the customer. " +
		"If it is there, press “It arrived”. Send it again only when it is not.",
	pipeline.DeliveryUndelivered: "The desk sent it, and the mail came back. Ask for another address (by phone, in the shop's records), or reject the draft when nothing can be done. The report stands in the conversation.",
	pipeline.DeliveryUnknown:     "Footnote is checking with the desk. Wait for it before you send again.",
}

// allowed mirrors the state machine for what to offer.
func allowed(rv pipeline.Review, a pipeline.Agent) actions {
	if !access.May(a.Role, access.Decide) {
		return actions{}
	}
	if rv.Work.Settled() {
		return actions{} // answered, resolved, or nothing to answer
	}
	mine := rv.State != pipeline.StateClaimed || rv.ClaimedBy.ID == a.ID
	fresh := rv.Stale == ""
	switch rv.State {
	case pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateReturned:
		edited := rv.State == pipeline.StateReturned && rv.Text != "" && rv.Text != rv.Draft.Text()
		return actions{
			Approve: mine && fresh && rv.Draft.Abstained == "" && rv.ApproveHash != "" && !edited,
			Again:   mine && fresh && edited,
			Edit:    mine && fresh,
			Claim:   rv.State == pipeline.StateOpen && fresh,
			Release: rv.State == pipeline.StateClaimed && (mine || a.Role == access.RoleManager || a.Role == access.RoleAdmin),
			Reject:  mine, HandOff: mine, Redraft: mine,
			Arrived: mine && rv.Unsure() && rv.Delivery == pipeline.DeliveryAsked,
		}
	case pipeline.StateRejected, pipeline.StateHandedOff: // the customer waits for a reply
		return actions{Edit: fresh, Redraft: true, HandOff: rv.State == pipeline.StateHandedOff}
	case pipeline.StateStale:
		return actions{Redraft: true}
	case pipeline.StateApproved:
		return actions{Undo: rv.Undoable() && (rv.DecidedBy.ID == a.ID || a.Role == access.RoleManager || a.Role == access.RoleAdmin)}
	}
	return actions{}
}

// startText is what the editor opens with: the text that came back, or the draft's.
func (d *draftView) startText() string {
	if d.State == pipeline.StateReturned && d.Text != "" {
		return d.Text
	}
	if d.Draft.Abstained != "" || d.State == pipeline.StateRejected {
		return ""
	}
	return d.Draft.Text()
}

// Write tells whether a reply is written anew rather than the draft edited.
func (d *draftView) Write() bool {
	return d.Draft.Abstained != "" || d.State == pipeline.StateRejected || d.State == pipeline.StateHandedOff
}

// provenance says who wrote the draft, and what was not as it should be.
func provenance(d pipeline.Draft) (by string, notes []string) {
	by = "Quoted from sources"
	if d.Abstained != "" {
		by = "Looked up in the sources"
		if len(d.Nearest) == 0 { // nothing was asked, or nothing found: the reason says which
			by = "Not drafted"
		}
	}
	if d.Drafter == "model" {
		by = "Written by " + short(d.Model, 60)
		if d.Model == "" {
			by = "Written by a model"
		}
	}
	if d.Fallback != "" {
		notes = append(notes, "The model’s draft was not used: "+short(d.Fallback, 300))
	}
	if d.Reduced != "" {
		notes = append(notes, "The search was reduced: "+short(d.Reduced, 300))
	}
	if d.Hint != "" {
		notes = append(notes, "Redrafted with the hint: "+short(d.Hint, 300))
	}
	return by, notes
}

func findingViews(fs []pipeline.Finding) []findingView {
	out := make([]findingView, 0, len(fs))
	for _, f := range fs {
		m, ok := severities[f.Severity]
		if !ok {
			m = severities[pipeline.Warn]
		}
		out = append(out, findingView{mark: m, Check: f.Check, Detail: f.Detail, Sentence: f.Sentence + 1})
	}
	slices.SortStableFunc(out, func(a, b findingView) int { return rank[a.Tone] - rank[b.Tone] })
	return out
}

var rank = map[string]int{"bad": 0, "warn": 1, "wait": 2}

// layout breaks the sentences into paragraphs and lines exactly as Draft.Text
// joins them, and collects the cited passages by number.
func layout(d pipeline.Draft) ([]paragraph, []sourceView) {
	var out []paragraph
	sources := map[int]*sourceView{}
	var order []int
	for i, s := range d.Sentences {
		v := sentenceView{Text: s.Text, Plain: s.Plain}
		if at := strings.LastIndexAny(s.Text, " \n"); len(s.Receipts) > 0 && at > 0 && len(s.Text)-at <= 30 {
			v.Text, v.Last = s.Text[:at+1], s.Text[at+1:]
		}
		for j, rc := range s.Receipts {
			ref := sourceRef{Section: rc.Section, URL: link(rc.URL), Path: documentPath(rc.Document, rc.Version, rc.Passage), Version: rc.Version,
				Internal: rc.Audience == pipeline.Restricted}
			if ref.Section == "" {
				ref.Section = rc.Title
			}
			if k := slices.IndexFunc(v.Cites, func(c citeView) bool { return c.Number == rc.Number }); k >= 0 { // one mark per source: a table's row and its header
				v.Cites[k].Quote += " … " + rc.Quote
			} else {
				v.Cites = append(v.Cites, citeView{ID: fmt.Sprintf("receipt-%d-%d", i+1, j+1), Number: rc.Number, Quote: rc.Quote, sourceRef: ref})
			}
			if sources[rc.Number] == nil {
				sources[rc.Number] = &sourceView{Number: rc.Number, sourceRef: ref}
				order = append(order, rc.Number)
			}
			if src := sources[rc.Number]; !slices.Contains(src.Quotes, rc.Quote) {
				src.Quotes = append(src.Quotes, rc.Quote)
			}
		}
		for _, f := range findingViews(d.Findings) {
			if f.Sentence == i+1 {
				v.Findings = append(v.Findings, f)
			}
		}
		if len(v.Findings) > 0 {
			v.Bad = v.Findings[0].Tone
		}
		switch {
		case len(out) == 0 || s.Break:
			out = append(out, paragraph{Lines: []line{{Sentences: []sentenceView{v}}}})
		case s.Line:
			p := &out[len(out)-1]
			p.Lines = append(p.Lines, line{Sentences: []sentenceView{v}})
		default:
			p := &out[len(out)-1]
			l := &p.Lines[len(p.Lines)-1]
			l.Sentences = append(l.Sentences, v)
		}
	}
	slices.Sort(order)
	list := make([]sourceView, len(order))
	for i, n := range order {
		list[i] = *sources[n]
	}
	return out, list
}

// documentPath leads to a document, and to the page of it that a passage is on.
func documentPath(id string, version int, passage string) string {
	if id == "" {
		return ""
	}
	p := withQuery("/knowledge/document", "id", id, "version", positive(version), "passage", passage)
	if passage != "" {
		p += "#p-" + url.PathEscape(passage)
	}
	return p
}

func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// difference compares draft and sent text in stretches a person can read.
func difference(from, to string) []stretch {
	dmp := diffmatchpatch.New()
	dmp.DiffTimeout = 200 * time.Millisecond
	var out []stretch
	for _, d := range dmp.DiffCleanupSemantic(dmp.DiffMain(from, to, false)) {
		op := "same"
		switch d.Type {
		case diffmatchpatch.DiffDelete:
			op = "gone"
		case diffmatchpatch.DiffInsert:
			op = "new"
		}
		out = append(out, stretch{Op: op, Text: d.Text})
	}
	return out
}
