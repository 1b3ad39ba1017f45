package console

import (
	"context"
	"time"

	"footnote/knowledge"
	"footnote/pipeline"
	"footnote/review"
	"footnote/review/access"
	"footnote/review/measure"
	"footnote/review/presence"
	"footnote/review/saved"
	"footnote/review/work"
)

// Access signs people in; access.Service fills it. FindSession's error kind is
// NotFound when nobody is signed in by that token.
type Access interface {
	Peek(ctx context.Context, link string) (pipeline.Agent, error)
	SignIn(ctx context.Context, link string) (token string, a pipeline.Agent, err error)
	FindSession(ctx context.Context, token string) (pipeline.Agent, error)
	SignOut(ctx context.Context, token string) error
}

// People are the accounts; access.Service fills it. Add's error kind is Conflict
// for an address that has one, and the changes' when no administrator would be left.
type People interface {
	Accounts(ctx context.Context) ([]access.Account, error)
	Add(ctx context.Context, by, a pipeline.Agent) (pipeline.Agent, error)
	Invite(ctx context.Context, by pipeline.Agent, email string) (link string, err error)
	SetRole(ctx context.Context, by pipeline.Agent, email, role string) error
	Disable(ctx context.Context, by pipeline.Agent, email string) error
	Enable(ctx context.Context, by pipeline.Agent, email string) error
}

// Review is where drafts are decided; review.Service fills it.
type Review interface {
	Decide(ctx context.Context, d pipeline.Decision) (pipeline.Decided, error)
	Place(ctx context.Context, draft string) (review.Place, error) // without the draft
	Open(ctx context.Context, ref pipeline.TicketRef, by pipeline.Agent, surface string) error
	// Reread says what each sentence of a text rests on; put names passages that the
	// person put in.
	Reread(ctx context.Context, draft, text string, put []string) (pipeline.Edited, error)
}

// Saved are the team's saved replies; saved.Service fills it.
type Saved interface {
	List(ctx context.Context) ([]saved.Reply, error)
	Save(ctx context.Context, by pipeline.Agent, r saved.Reply) error
	Remove(ctx context.Context, by pipeline.Agent, id string) error
}

// Presence says who else is at a ticket; presence.Service fills it.
type Presence interface {
	Here(ctx context.Context, p presence.Page) error
	Gone(ctx context.Context, p presence.Page) error
	Others(ctx context.Context, ref pipeline.TicketRef, agent string) ([]presence.Other, error)
}

// Finder searches the knowledge for whoever writes a reply to a ticket: also internal
// pages, which people may read and nobody may put into a reply.
type Finder interface {
	Find(ctx context.Context, ref pipeline.TicketRef, words string) ([]Found, error)
}

// Found is a passage with those of its sentences that are nearest to the words.
type Found struct {
	Passage pipeline.Passage
	Quotes  []string // in plain words
}

// Queue lists what people are to do; work.Service fills it. Search looks up a filter's
// words once for the other two; Counts may leave views out.
type Queue interface {
	Search(ctx context.Context, f work.Filter) (work.Filter, error)
	Queue(ctx context.Context, f work.Filter) (work.Page, error)
	Counts(ctx context.Context, f work.Filter, views ...work.View) (map[work.View]work.Count, error)
	Choices(ctx context.Context) (work.Choices, error)
}

// Snoozes put tickets off and bring them back; work.Service fills it. The kinds
// are Invalid for a time that cannot be, Conflict when there is nothing to put off.
type Snoozes interface {
	Snooze(ctx context.Context, ref pipeline.TicketRef, by pipeline.Agent, until time.Time, surface string) error
	Unsnooze(ctx context.Context, ref pipeline.TicketRef, by pipeline.Agent, surface string) error
}

// Tickets reads tickets; review.Service fills it.
type Tickets interface {
	Ticket(ctx context.Context, ref pipeline.TicketRef) (review.TicketView, error)
}

// Reports reads the figures; measure.Reporter fills it.
type Reports interface {
	Report(ctx context.Context, f measure.Filter) (measure.Report, error)
	Tickets(ctx context.Context, d measure.Drill) ([]measure.Ticket, error)
	Baselines(ctx context.Context, desk string) ([]measure.Baseline, error)
	Choices(ctx context.Context) (measure.Choices, error) // of a filter
}

// Knowledge reads what drafts are made from. Document's error kind is NotFound;
// version 0 is the current one.
type Knowledge interface {
	Sources(ctx context.Context) ([]Source, error)
	Documents(ctx context.Context, f DocumentFilter) (DocumentPage, error)
	Document(ctx context.Context, id string, version int) (Document, error)
	Quarantine(ctx context.Context) ([]Quarantined, error)
	// Decisions are those that hold, on what keys of pages say about access.
	Decisions(ctx context.Context) ([]knowledge.Decision, error)
}

// Curation changes what drafts are made from. RemoveSource returns how many
// documents it took out of search, also when it did so before; the kind is Invalid
// for a source that is configured, NotFound for an unknown one. Decide and TakeBack
// hold from the next sync on; the kinds are Invalid for what cannot be decided, and
// NotFound for an unknown source or a decision that does not hold.
type Curation interface {
	Decide(ctx context.Context, by pipeline.Agent, d knowledge.Decision) error
	TakeBack(ctx context.Context, by pipeline.Agent, d knowledge.Decision) error
	RemoveSource(ctx context.Context, by pipeline.Agent, name string) (documents int, err error)
}

// Learning shows and steers what approvals taught search. CountLessons says how
// many lessons Revert would take back, which returns how many it did. Prove starts a proof, or joins the one that is under way,
// and returns early when it takes long: then done is false, and the proof goes on.
type Learning interface {
	Learning(ctx context.Context) (knowledge.LearningState, error)
	CountLessons(ctx context.Context, what knowledge.Taken) (int, error)
	Revert(ctx context.Context, what knowledge.Taken, by string) (int, error)
	Prove(ctx context.Context, by string) (done bool, err error)
	Proving() Proving
}

// Proving says what becomes of the newest proof of this process.
type Proving struct {
	Since    time.Time // it is under way since then; zero: it is not
	Failed   string    // why there was none
	FailedAt time.Time
}

// Source is a place that documents come from.
type Source struct {
	Name        string
	Kind        string // folder, git, website, …
	Location    string
	Documents   int
	Internal    int       // of the documents
	Quarantined int       // without those left out
	LeftOut     int       // they say themselves that they are not in use
	Unclear     int       // of the quarantined: a person must decide
	Passed      string    // how many files of which types are not read
	SyncedAt    time.Time // of the last sync that worked; zero before the first
	Error       string    // why the last sync failed; empty when it did not
	Configured  bool      // it is the one that is synced
}

// DocumentFilter selects a page of documents.
type DocumentFilter struct {
	Query    string // words in title or path
	Source   string // empty means all
	Audience pipeline.Audience
	State    knowledge.DocumentState
	Offset   int
	Limit    int // always set by the console
}

// DocumentPage is one page of a list.
type DocumentPage struct {
	Documents []Document // without Text, Passages and Versions
	Total     int        // that match the filter
}

// Document is one document at one version. Title, audience, time and size are that
// version's; the rest is the document's today.
type Document struct {
	ID          string // "<source>/<path>"
	Source      string
	Path        string
	Title       string
	URL         string
	Product     string
	Locale      string
	Audience    pipeline.Audience // empty: not kept for this version
	Owner       string
	ReviewedAt  time.Time // zero when the owner never vouched for it
	ValidFrom   time.Time // the first day it holds; zero: no bound
	ValidUntil  time.Time // the last
	UpdatedAt   time.Time
	DeletedAt   time.Time          // zero while it is there
	Quarantine  string             // why its newest edit could not be used; empty when it could
	LeftOut     bool               // it says so itself
	DuplicateOf string             // id of the first document with the same text
	Version     int                // the one shown
	Current     int                // the newest one
	Bytes       int                // of its text
	Notes       []string           // what its front matter said in vain
	Reasons     []string           // why it is internal, or holds only for a time
	Passages    []pipeline.Passage // of the version shown, in order
	Versions    []DocumentVersion  // newest first
}

// DocumentVersion is one line of a document's past.
type DocumentVersion struct {
	Version   int
	Title     string
	CreatedAt time.Time
}

// Quarantined is input that could not be used.
type Quarantined struct {
	Source string
	Path   string
	Reason string
	Bytes  int64
	At     time.Time
	Fate   knowledge.Fate
	Key    string // what a person may decide about; empty: nothing
	Value  string
}

// DeadLetters are events that a consumer gave up on. Replay's error kind is
// NotFound for an unknown id.
type DeadLetters interface {
	DeadLetters(ctx context.Context, limit int) ([]DeadLetter, error)
	Replay(ctx context.Context, id int64) error
}

// DeadLetter is one event that was given up on.
type DeadLetter struct {
	ID         int64
	Consumer   string
	Type       pipeline.EventType
	Ref        pipeline.TicketRef // may be empty
	EventID    string
	Reason     string
	Deliveries int
	At         time.Time
	ReplayedAt time.Time // zero while it waits for a person
}

// UnreadHooks are webhooks that were authentic and could not be read, the
// latest first.
type UnreadHooks interface {
	Unread(ctx context.Context, limit int) ([]UnreadHook, error)
}

// UnreadHook is one of them.
type UnreadHook struct {
	Desk, Reason string
	Size         int64  // of the whole body, in bytes
	Begin        string // of the body, as text on one line
	Times        int    // how often it came
	At           time.Time
}

// Drafting is the switch that pauses drafting. Turn's error kind is Conflict
// when a setting holds it; turning it to what it is changes nothing.
type Drafting interface {
	Switch(ctx context.Context) (Switch, error)
	Turn(ctx context.Context, by pipeline.Agent, paused bool, reason string) (Switch, error)
}

// Switch says whether drafting is paused, who turned it last and when.
type Switch struct {
	Paused bool
	By     string // empty when nobody ever turned it
	Reason string
	At     time.Time
}

// Live tells of events as they happen, from now on. The channel is closed when
// ctx ends or the subscription breaks; a slow reader may miss events, since each
// only says that something is worth reading again.
type Live interface {
	Subscribe(ctx context.Context) (<-chan pipeline.Event, error)
}

// DeskState is a desk that does not answer since a time, or refuses our access; the
// zero value is one that is well.
type DeskState struct {
	Name    string // at the beginning of a sentence
	Since   time.Time
	Refused bool
}

// Signature is in whose name a reply would stand at its desk; zero while it is not
// known.
type Signature struct {
	Own  bool   // the approver's own
	Name string // whose instead; empty: not known
	Why  string // why not their own and what gives it, as whole sentences; empty when Own
	Held bool   // the desk would not get the reply until that is mended
}

// Part is one dependency as the operations page shows it.
type Part struct {
	Name   string // "NATS", "PostgreSQL", "Search index", "Model", …
	OK     bool
	Waits  bool   // what is not OK passes by itself
	Detail string // "embedded", "12 documents", why it is not OK
}
