package requests

import (
	"context"
	"time"

	"footnote/pipeline"
)

// Asker answers questions from the knowledge, through the same retrieval,
// drafting and checks as drafts for customers.
type Asker interface {
	// Ask returns a cited answer, or an abstention with its reason and the
	// nearest sources. Unavailable when the knowledge cannot be searched.
	Ask(ctx context.Context, q Question) (pipeline.Draft, error)
}

// Question is one question of a person.
type Question struct {
	Text string
	By   pipeline.Agent
	// Internal allows internal sources: only colleagues will see the answer.
	Internal bool
}

// Office is what commands and the Home tab read and change. Every method asks
// itself whether the person's role may; the error kind is Denied if not, with a
// sentence for the person.
type Office interface {
	// Overview tells how Footnote is doing.
	Overview(ctx context.Context, by pipeline.Agent) (Overview, error)
	// Work tells what waits, what the person has claimed and did this week.
	Work(ctx context.Context, by pipeline.Agent) (Work, error)
	// Report returns the figures of the last days.
	Report(ctx context.Context, by pipeline.Agent, days int) (Figures, error)
	// Pause stops (or resumes) drafting and returns where the switch stands.
	// Setting it to what it is changes nothing and is no error.
	Pause(ctx context.Context, by pipeline.Agent, paused bool, reason string) (Switch, error)
}

// Switch says whether drafting is paused, who did it and when.
type Switch struct {
	Paused bool
	By     string // name; empty when nobody ever did, or when a setting did
	Reason string
	At     time.Time
}

// Overview is how Footnote is doing.
type Overview struct {
	Switch  Switch
	Parts   []Part
	Waiting int  // tickets that need a person
	More    bool // than Waiting
	Pending int  // customer messages without an outcome yet
}

// Part is one dependency.
type Part struct {
	Name   string
	OK     bool
	Detail string // why it is not, or how long it took
}

// Work is what one person has before them.
type Work struct {
	Switch    Switch
	Claims    []Line // claimed by the person, oldest first
	Open      []Line // waiting for anybody, the longest waiting first
	OpenTotal int
	OpenMore  bool // there are more than OpenTotal
	Week      Week
}

// Line is one ticket in a list.
type Line struct {
	Ticket        pipeline.TicketRef
	Subject, From string
	State         string // in plain words
	ArrivedAt     time.Time
	card          string // the address of its card in Slack; empty: there is none
}

// Week is what one person did in seven days.
type Week struct {
	Approved, Edited, Rejected, HandedOff int
	Tickets                               int     // with measured handling time
	MedianMS                              float64 // of it; 0 when there is none
}

// Figures are a manager's figures over [From, To).
type Figures struct {
	From, To            time.Time
	Arrivals, Pending   int
	Outcomes, Decisions []Count
	Handling            []Duration // kinds and arms are never mixed
	FirstResponse       Duration
	Replies             int     // approved, as drafted or edited
	Distance            float64 // median, draft to sent text, of them
	CostMicros          int64   // millionths of USD
	// Work is how much there is now in each state, in the order of the queue; More
	// says that there is more of it than N.
	Work []Count
	// Waiting are the tickets that have waited for a person the longest, a few.
	Waiting []Line
}

// Count is one named number.
type Count struct {
	Name string
	N    int
	More bool
}

// Duration is one distribution of durations; Low and High bound the median
// (95 %), both 0 when there are too few to say.
type Duration struct {
	Name                           string
	N                              int
	MedianMS, P90MS, LowMS, HighMS float64
}
