package email

import (
	"context"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"footnote/bots"
	"footnote/pipeline"
)

// Mail that is archived, deleted or moved by somebody makes no noise of its own: the
// inbox is looked through for what stood there. A mail that is only marked as deleted
// is gone too, as mail programs show it.

// maxStanding bounds the mails of an inbox that are looked after, the newest.
const maxStanding = 2000

// syncGone notes which mail is not in the inbox any more, which is selected.
func (d *Desk) syncGone(ctx context.Context, c *imapclient.Client) error {
	standing, err := d.store.standing(ctx, d.c.Inbox, maxStanding)
	if err != nil || len(standing) == 0 {
		return ours(err)
	}
	low := standing[len(standing)-1]
	found, err := c.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{{imap.UIDRange{Start: imap.UID(low)}}}, NotFlag: []imap.Flag{imap.FlagDeleted}}, nil).Wait()
	if err != nil {
		return err
	}
	here := map[uint32]bool{}
	for _, uid := range found.AllUIDs() {
		here[uint32(uid)] = true
	}
	var gone []uint32
	for _, uid := range standing {
		if !here[uid] {
			gone = append(gone, uid)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return ours(d.store.markGone(ctx, d.c.Inbox, gone, d.c.Now()))
}

// tellGone publishes the tickets all of whose mail was taken out of the inbox: whoever
// reads them then finds them gone.
func (d *Desk) tellGone(ctx context.Context, publish func(context.Context, pipeline.Event) error) error {
	list, err := d.store.goneTickets(ctx, d.c.Inbox)
	if err != nil {
		return err
	}
	for _, g := range list {
		if g.all {
			e := bots.ChangeReceived(d.ref(g.ticket), "gone/"+g.at.UTC().Format("20060102T150405.000000"), g.at, d.c.Now())
			if err := publish(ctx, e); err != nil {
				return err
			}
		}
		if err := d.store.markGoneTold(ctx, d.c.Inbox, g.ticket); err != nil {
			return err
		}
	}
	return nil
}

// answered marks the mails that a reply of ours answers as read and answered, as a
// mail program does. A server that refuses is left alone. Afterwards the inbox is
// selected.
func (d *Desk) answered(ctx context.Context, c *imapclient.Client, reply string) error {
	uids, err := d.store.answeredBy(ctx, reply, d.c.Inbox)
	if err != nil || len(uids) == 0 {
		return ours(err)
	}
	_, err = c.Select(d.c.Inbox, nil).Wait()
	if err == nil {
		err = c.Store(uidSet(uids), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagSeen, imap.FlagAnswered}}, nil).Close()
	}
	if isRefusal(err) {
		d.c.Log.Warn("mark mail answered", "desk", d.c.Name, "error", classify(err))
		err = nil
	}
	if err == nil {
		_, err = c.Select(d.c.Inbox, &imap.SelectOptions{ReadOnly: true}).Wait()
	}
	return err
}
