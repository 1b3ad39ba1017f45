package email

import (
	"context"
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"footnote/bots"
	"footnote/pipeline"
)

// Thread reads what is new in the mailbox, and then the ticket's mail.
func (d *Desk) Thread(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	t, _, err := d.thread(ctx, ref.ID)
	return t, err
}

func (d *Desk) thread(ctx context.Context, ticket string) (t pipeline.Ticket, rows []row, err error) {
	err = d.session(ctx, func(c *imapclient.Client) error {
		if err := d.sync(ctx, c); err != nil {
			return err
		}
		if rows, err = d.store.thread(ctx, ticket); err != nil {
			return ours(err)
		}
		return d.exists(ctx, c, ticket)
	})
	if err != nil {
		return t, nil, fmt.Errorf("read thread: %w", err)
	}
	if len(rows) == 0 {
		return t, nil, pipeline.Errorf(pipeline.NotFound, "the mailbox has no such thread")
	}
	t = d.ticket(rows)
	status, at, err := d.store.status(ctx, ticket, d.c.Inbox)
	if err != nil {
		return t, nil, err
	}
	if t.Status = status; at.After(t.UpdatedAt) {
		t.UpdatedAt = at
	}
	return t, rows, nil
}

// exists is NotFound when all of a ticket's mail was taken out of the inbox.
func (d *Desk) exists(ctx context.Context, c *imapclient.Client, ticket string) error {
	uids, err := d.store.stood(ctx, ticket, d.c.Inbox)
	if err != nil || len(uids) == 0 {
		return ours(err)
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{uidSet(uids)}, NotFlag: []imap.Flag{imap.FlagDeleted}}, nil).Wait()
	if err != nil {
		return err
	}
	if len(found.AllUIDs()) == 0 {
		return ours(pipeline.Errorf(pipeline.NotFound, "the thread is not in the inbox any more"))
	}
	return nil
}

// ticket makes a thread of its mails, oldest first; there is at least one.
func (d *Desk) ticket(rows []row) pipeline.Ticket {
	t := pipeline.Ticket{TicketRef: d.ref(rows[0].ticket), Subject: rows[0].subject, Status: pipeline.StatusOpen, Queue: d.address, CreatedAt: rows[0].at}
	for _, r := range rows {
		p := r.person()
		// The answer goes to whoever asked last: in a thread of several people that need
		// not be who began it.
		if r.role == pipeline.RoleCustomer || t.Requester.Email == "" && r.role == pipeline.RoleSystem {
			t.Requester = p
		}
		if r.seenAt.After(t.UpdatedAt) {
			t.UpdatedAt = r.seenAt
		}
		t.Messages = append(t.Messages, pipeline.Message{ID: r.message, Role: r.role, Author: p, Text: r.text, Public: true, At: r.at,
			Marker: r.marker, Attachments: r.attachments, Skipped: r.rule})
	}
	return t
}

func (r row) person() pipeline.Person {
	return pipeline.Person{ID: r.replyTo, Name: r.name, Email: r.replyTo}
}

// Changed reads what is new in the mailbox and lists the tickets with mail that
// was read, or a status that was seen to change, since.
func (d *Desk) Changed(ctx context.Context, since time.Time) ([]bots.Row, error) {
	if err := d.session(ctx, func(c *imapclient.Client) error { return d.sync(ctx, c) }); err != nil {
		return nil, fmt.Errorf("read mailbox: %w", err)
	}
	list, err := d.store.changed(ctx, since)
	if err != nil {
		return nil, err
	}
	rows := make([]bots.Row, len(list))
	for i, c := range list {
		rows[i] = bots.Row{TicketRef: d.ref(c.ID), State: c.State, Settled: true} // our own clock and rows
	}
	return rows, nil
}

// event is what the watcher tells about a mail: enough to name it; the thread is
// read for the rest.
func (d *Desk) event(r row, now time.Time) pipeline.Event {
	t := pipeline.Ticket{TicketRef: d.ref(r.ticket), Subject: r.subject, Status: pipeline.StatusOpen, Queue: d.address, CreatedAt: r.at}
	if r.role == pipeline.RoleCustomer {
		t.Requester = r.person()
	}
	return bots.MessageReceived(t, d.ticket([]row{r}).Messages[0], now)
}
