package email

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"footnote/bots"
	"footnote/pipeline"
)

const (
	pastPage = 7 * 24 * time.Hour
	// pastReach is how long before a page a thread may have begun, and how long
	// after it what belongs to a thread is read.
	pastReach = 30 * 24 * time.Hour
	pastBatch = 200
	// maxPast bounds the mails kept in memory while a history is imported.
	maxPast = 200_000
)

// pastMail is what the history needs of a mail.
type pastMail struct {
	id   string
	refs []string
	role pipeline.Role
	at   time.Time
}

// pastCache keeps headers from page to page; pages overlap.
type pastCache struct {
	mu    sync.Mutex
	mails map[string]pastMail // by folder, validity and UID
}

// History reads the headers in the inbox, the folder of sent mail and the archive;
// a page is the threads that began in one week. A mailbox has no status: see
// bots.PastOf.
func (d *Desk) History(ctx context.Context, since time.Time, cursor string) (bots.HistoryPage, error) {
	at, err := bots.ParsePlace(cursor, since)
	if err != nil {
		return bots.HistoryPage{}, err
	}
	end := at.From.Add(pastPage)
	d.past.mu.Lock()
	defer d.past.mu.Unlock()
	mails, err := d.pastMails(ctx, at.From.Add(-pastReach), end.Add(pastReach))
	if err != nil {
		return bots.HistoryPage{}, err
	}
	out := bots.HistoryPage{Cursor: bots.Place{From: end, Page: 1}.String(), Done: !end.Before(d.c.Now())}
	for _, t := range d.pastThreads(mails) {
		if begun := t.Messages[0].At; begun.Before(at.From) || !begun.Before(end) {
			continue
		}
		if p, ok := bots.PastOf(t, d.c.Now()); ok {
			p.Definition = "mailbox: " + p.Definition
			out.Tickets = append(out.Tickets, p)
		}
	}
	if out.Done {
		d.past.mails = nil
	}
	return out, nil
}

// pastMails reads the headers of the mails that came within a time, on a
// connection of its own: drafts and replies need not wait for it.
func (d *Desk) pastMails(ctx context.Context, from, to time.Time) ([]pastMail, error) {
	c, err := d.login(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	dirs, err := d.locate(c.Client)
	if err != nil {
		return nil, classify(err)
	}
	if len(d.past.mails) > maxPast || d.past.mails == nil {
		d.past.mails = map[string]pastMail{}
	}
	var out []pastMail
	read := map[string]bool{"": true}
	for _, folder := range append([]string{d.c.Inbox, dirs.sent}, dirs.archives...) {
		if read[folder] {
			continue
		}
		read[folder] = true
		list, err := d.pastFolder(c.Client, folder, from, to)
		if err != nil {
			return nil, fmt.Errorf("read history in %s: %w", bots.Plain(folder, 60), classify(err))
		}
		for _, m := range list {
			if !m.at.Before(from) && m.at.Before(to) {
				out = append(out, m)
			}
		}
	}
	return out, nil
}

// pastFolder reads one folder. IMAP searches by whole days.
func (d *Desk) pastFolder(c *imapclient.Client, folder string, from, to time.Time) (out []pastMail, err error) {
	sel, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return nil, err
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{Since: from.AddDate(0, 0, -1).UTC().Truncate(24 * time.Hour), Before: to.AddDate(0, 0, 2)}, nil).Wait()
	if err != nil {
		return nil, err
	}
	key := func(uid imap.UID) string {
		return folder + "\x00" + strconv.FormatUint(uint64(sel.UIDValidity), 10) + "/" + strconv.FormatUint(uint64(uid), 10)
	}
	var missing []imap.UID
	for _, uid := range found.AllUIDs() {
		if m, ok := d.past.mails[key(uid)]; ok {
			out = append(out, m)
		} else {
			missing = append(missing, uid)
		}
	}
	header := &imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, Peek: true, Partial: &imap.SectionPartial{Size: 64 << 10}}
	for part := range slices.Chunk(missing, pastBatch) {
		list, err := mails(c, imap.UIDSetNum(part...), header)
		if err != nil {
			return nil, err
		}
		for _, f := range list {
			m := d.pastMail(folder, f)
			d.past.mails[key(f.UID)] = m
			out = append(out, m)
		}
	}
	return out, nil
}

// pastMail reads a header; who wrote what cannot be read is the system.
func (d *Desk) pastMail(folder string, f *imapclient.FetchMessageBuffer) pastMail {
	m := pastMail{role: pipeline.RoleSystem, at: f.InternalDate}
	if len(f.BodySection) == 0 {
		return m
	}
	l, err := parse(f.BodySection[0].Bytes)
	if err != nil {
		return m
	}
	l = d.byList(l)
	m.id, m.refs = l.id, l.refs
	switch {
	case l.auto:
	case folder == d.c.Inbox && l.from == d.address: // a copy of what we sent, or a machine's
		m.role = pipeline.RoleBot
	case folder == d.c.Inbox && !d.isAgent(l.from), folder != d.c.Inbox && l.from != d.address && !d.isAgent(l.from):
		m.role = pipeline.RoleCustomer
	default:
		m.role = pipeline.RoleAgent
	}
	return m
}

// pastThreads puts mails into threads, each mail once, oldest first.
func (d *Desk) pastThreads(mails []pastMail) []pipeline.Ticket {
	slices.SortStableFunc(mails, func(a, b pastMail) int { return a.at.Compare(b.at) })
	roots := map[string]string{} // Message-ID → one that its thread is known by
	var root func(id string) string
	root = func(id string) string {
		if r, ok := roots[id]; ok && r != id {
			roots[id] = root(r)
			return roots[id]
		}
		return id
	}
	for i, m := range mails {
		if m.id == "" {
			mails[i].id = fmt.Sprintf("none-%d-%d", i, m.at.UnixNano())
		}
		for _, ref := range m.refs {
			if a, b := root(ref), root(mails[i].id); a != b {
				roots[b] = a
			}
		}
	}
	threads := map[string]*pipeline.Ticket{}
	at := map[string]int{} // Message-ID → its place in its thread
	var order []string
	for _, m := range mails {
		r := root(m.id)
		t := threads[r]
		if t == nil {
			t = &pipeline.Ticket{TicketRef: d.ref(TicketID(append(slices.Clone(m.refs), m.id)[0])), Status: pipeline.StatusOpen}
			threads[r], order = t, append(order, r)
		}
		if i, seen := at[m.id]; seen { // in two folders: what says an agent's is right
			if m.role == pipeline.RoleAgent {
				t.Messages[i].Role = m.role
			}
			continue
		}
		at[m.id] = len(t.Messages)
		t.Messages = append(t.Messages, pipeline.Message{ID: m.id, Role: m.role, Public: true, At: m.at})
	}
	slices.SortFunc(order, func(a, b string) int {
		return cmp.Or(threads[a].Messages[0].At.Compare(threads[b].Messages[0].At), cmp.Compare(a, b))
	})
	out := make([]pipeline.Ticket, len(order))
	for i, r := range order {
		out[i] = *threads[r]
	}
	return out
}
