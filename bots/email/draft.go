package email

import (
	"context"
	"slices"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-message/mail"

	"footnote/bots"
	"footnote/pipeline"
)

// maxLookedFor bounds the mails of a thread whose drafts are looked for.
const maxLookedFor = 10

// SetDraft puts the text into the folder of drafts, as an answer in the thread
// that any mail program opens, edits and sends. One of ours that nobody changed
// gives way to it; Conflict when somebody's stands there. Invalid without such a
// folder, or when the customer has no address to write to. What is ours we know
// from our own table: n.Before is not needed.
func (d *Desk) SetDraft(ctx context.Context, n bots.Note) error {
	if n.Text == "" {
		return d.session(ctx, func(c *imapclient.Client) error {
			known, err := d.store.drafts(ctx, n.Ticket.ID)
			if err != nil || len(known) == 0 {
				return ours(err)
			}
			folder, err := d.draftFolder(c)
			if err != nil {
				return err
			}
			return d.remove(ctx, c, folder, known)
		})
	}
	t, rows, err := d.thread(ctx, n.Ticket.ID)
	if err != nil {
		return err
	}
	to := mail.Address{Name: bots.Plain(t.Requester.Name, 100), Address: t.Requester.Email}
	if !valid(to.Address) || to.Address == d.address {
		return pipeline.Errorf(pipeline.Invalid, "the customer has no e-mail address that can be written to")
	}
	r := row{ticket: n.Ticket.ID}
	r.id = n.Marker + "@" + d.domain
	raw, err := d.compose(r, bots.Post{Text: n.Text}, to, rows)
	if err == nil {
		r.letter, err = parse(raw)
	}
	if err != nil {
		return pipeline.Errorf(pipeline.Invalid, "the draft could not be put into a mail: %w", err)
	}
	return d.session(ctx, func(c *imapclient.Client) error {
		folder, err := d.draftFolder(c)
		if err != nil {
			return err
		}
		placed, err := d.standing(ctx, c, folder, rows)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(placed, func(p placedDraft) bool { return p.id == r.id && p.digest == r.digest }) {
			return nil // set before
		}
		if err := d.store.beginDraft(ctx, draft{r.id, r.ticket, r.digest}, d.c.Now()); err != nil {
			return ours(err)
		}
		if err := d.append(c, folder, raw, imap.FlagDraft, imap.FlagSeen); err != nil {
			return once(err)
		}
		if err := d.takeOut(c, placed); err != nil {
			return err
		}
		for _, p := range placed {
			if err := d.store.dropDraft(ctx, p.id, p.digest); err != nil {
				return ours(err)
			}
		}
		return nil
	})
}

// once keeps session from doing something again on another connection: the
// server may have done it.
func once(err error) error {
	if err == nil {
		return nil
	}
	return ours(classify(err))
}

func (d *Desk) draftFolder(c *imapclient.Client) (string, error) {
	dirs, err := d.folders(c)
	if err == nil && dirs.drafts == "" { // somebody may have made it meanwhile
		if dirs, err = d.locate(c); err == nil {
			d.dirs = dirs
		}
	}
	if err == nil && dirs.drafts == "" {
		err = ours(pipeline.Errorf(pipeline.Invalid, "no folder of drafts was found in the mailbox; set %s_drafts", d.c.Name))
	}
	return dirs.drafts, err
}

// placedDraft is a draft as it stands in the folder.
type placedDraft struct {
	uid        imap.UID
	id, digest string
}

// in tells whether a draft stands there as one of ours was written.
func (p placedDraft) in(list []draft) bool {
	return slices.ContainsFunc(list, func(s draft) bool { return s.id == p.id && s.digest == p.digest })
}

// standing opens the folder for writing and lists the drafts in a thread: all are
// ours as we wrote them, else Conflict.
func (d *Desk) standing(ctx context.Context, c *imapclient.Client, folder string, rows []row) ([]placedDraft, error) {
	known, err := d.store.drafts(ctx, rows[0].ticket)
	if err != nil {
		return nil, ours(err)
	}
	placed, err := d.look(c, folder, append(answering(rows), named(known)...))
	if err != nil {
		return nil, err
	}
	for _, p := range placed {
		if !p.in(known) {
			return nil, ours(pipeline.Errorf(pipeline.Conflict, "there is a draft in this thread already"))
		}
	}
	return placed, nil
}

// answering is what a draft in a thread looks like: it refers to one of its mails.
func answering(rows []row) (any []imap.SearchCriteria) {
	for _, r := range rows[max(0, len(rows)-maxLookedFor):] {
		if r.id != "" {
			for _, key := range []string{"In-Reply-To", "References"} {
				any = append(any, imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: key, Value: "<" + r.id + ">"}}})
			}
		}
	}
	return any
}

// named is what drafts of ours look like.
func named(list []draft) (any []imap.SearchCriteria) {
	for _, s := range list {
		any = append(any, imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-Id", Value: "<" + s.id + ">"}}})
	}
	return any
}

// look opens the folder for writing and reads the drafts that meet any of the
// criteria.
func (d *Desk) look(c *imapclient.Client, folder string, any []imap.SearchCriteria) ([]placedDraft, error) {
	if _, err := c.Select(folder, nil).Wait(); err != nil || len(any) == 0 {
		return nil, err
	}
	what := any[0]
	for _, c := range any[1:] {
		what = imap.SearchCriteria{Or: [][2]imap.SearchCriteria{{what, c}}}
	}
	what.NotFlag = append(what.NotFlag, imap.FlagDeleted)
	found, err := c.UIDSearch(&what, nil).Wait()
	if err != nil || len(found.AllUIDs()) == 0 {
		return nil, err
	}
	body := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Size: maxMail}}
	list, err := mails(c, imap.UIDSetNum(found.AllUIDs()...), body)
	if err != nil {
		return nil, err
	}
	var out []placedDraft
	for _, m := range list {
		p := placedDraft{uid: m.UID}
		if len(m.BodySection) > 0 {
			if l, err := parse(m.BodySection[0].Bytes); err == nil { // else it is nobody's but its writer's
				p.id, p.digest = l.id, l.digest
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// takeOut removes drafts of ours from their folder, which is selected for
// writing. Where the server cannot remove these alone they are only marked as
// deleted.
func (d *Desk) takeOut(c *imapclient.Client, old []placedDraft) error {
	if len(old) == 0 {
		return nil
	}
	var set imap.UIDSet
	for _, p := range old {
		set.AddNum(p.uid)
	}
	if err := c.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
		return once(err)
	}
	if c.Caps().Has(imap.CapUIDPlus) {
		if err := c.UIDExpunge(set).Close(); err != nil {
			return once(err)
		}
	}
	return nil
}

// tidy takes out our drafts whose thread went on: the customer wrote again, or
// somebody answered. What somebody changed is theirs and stays. Afterwards the
// inbox is selected. A server that refuses is left alone until the next time.
func (d *Desk) tidy(ctx context.Context, c *imapclient.Client, folder string) error {
	stale, err := d.store.staleDrafts(ctx)
	if err != nil || len(stale) == 0 || folder == "" {
		return ours(err)
	}
	if err := d.remove(ctx, c, folder, stale); err != nil {
		if isOurs(err) || died(err) {
			return err
		}
		d.c.Log.Warn("take out stale drafts", "desk", d.c.Name, "error", classify(err))
	}
	if _, again := c.Select(d.c.Inbox, &imap.SelectOptions{ReadOnly: true}).Wait(); again != nil {
		return again
	}
	return nil
}

// remove takes out those of our drafts that nobody changed, and forgets all.
func (d *Desk) remove(ctx context.Context, c *imapclient.Client, folder string, list []draft) error {
	placed, err := d.look(c, folder, named(list))
	if err != nil {
		return err
	}
	placed = slices.DeleteFunc(placed, func(p placedDraft) bool { return !p.in(list) })
	if err := d.takeOut(c, placed); err != nil {
		return err
	}
	for _, s := range list { // gone, sent, changed or taken out: none is ours any more
		if err := d.store.dropDraft(ctx, s.id, s.digest); err != nil {
			return ours(err)
		}
	}
	return nil
}
