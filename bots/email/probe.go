package email

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-message"

	"footnote/bots"
	"footnote/pipeline"
)

const (
	// newest is how many of a folder's newest mails are looked at one by one, besides
	// the server's own search: some servers index mail late, or headers not at all.
	newest = 500
	// unsearched is how many are looked at in a folder that the server does not search;
	// of a larger one it is not known what it holds.
	unsearched = 5000
)

var kindOutbox = kind{names: []string{"Outbox", "INBOX.Outbox", "Postausgang", "Boîte d'envoi", "Unsent Messages"}}

// hunt is a look for mails of ours through the whole mailbox.
type hunt struct {
	id, earlier string // Message-IDs: the one that is sought, and the newest that was sent for certain
	at          *place // of the one that is sought
	unsent      string // folder of mail that is not sent yet, which holds it
	control     bool   // earlier was seen
	folders     int    // that were searched
	closed      []string
}

// Probe looks for a reply in every folder of the mailbox: rules and people file
// mail away from inbox and sent mail. Where the account vouches for its copies
// (Config.KeepsCopies), not to find the copy anywhere proves that the server never
// took the reply, once a copy has had its time to come, every folder was searched,
// and the copy of an earlier reply was seen. Without, a mail to a customer outside
// leaves no trace that would have to be there.
func (d *Desk) Probe(ctx context.Context, s bots.Sought) (bots.Trace, error) {
	h := hunt{id: s.Marker + "@" + d.domain}
	var remote string
	var err error
	if h.earlier, err = d.store.earlierReply(ctx, h.id); err != nil {
		return bots.Trace{}, err
	}
	err = d.session(ctx, func(c *imapclient.Client) error {
		if err := d.sync(ctx, c); err != nil {
			return err
		}
		if remote, err = d.store.replyWith(ctx, s.Marker); err != nil || remote != "" {
			return ours(err)
		}
		h.at, h.unsent, h.control, h.folders, h.closed = nil, "", false, 0, nil
		if err := d.hunt(c, &h); err != nil || h.at == nil {
			return err
		}
		remote = h.id
		return d.bring(ctx, c, *h.at)
	})
	if err != nil {
		return bots.Trace{}, fmt.Errorf("look for reply: %w", err)
	}
	if remote != "" {
		return bots.Trace{Kind: bots.TraceFound, RemoteID: remote}, nil
	}
	begun, err := d.store.begunAt(ctx, h.id)
	if err != nil {
		return bots.Trace{}, err
	}
	return d.judge(h, begun), nil
}

// judge says what it means that a reply was not found.
func (d *Desk) judge(h hunt, begun time.Time) bots.Trace {
	const ask = "It is not known whether the customer has this reply: the mail server did not say whether it took it, and "
	unsure := func(format string, args ...any) bots.Trace {
		return bots.Trace{Kind: bots.TraceUnsure, Why: ask + fmt.Sprintf(format, args...)}
	}
	switch left := begun.Add(slack).Sub(d.c.Now()); {
	case h.unsent != "":
		return unsure("it stands in %s, among mail that is not sent.", bots.Plain(h.unsent, 60))
	case len(h.closed) > 0:
		return unsure("its copy is not in the folders that Footnote may search (it may not search %s).", bots.Plain(strings.Join(h.closed, ", "), 120))
	case !d.c.KeepsCopies:
		return unsure("its copy is in none of the mailbox's %d folders. A rule may have deleted it, or it comes late.", h.folders)
	case !h.control:
		return unsure("its copy is in none of the mailbox's %d folders, but neither is that of an earlier reply.", h.folders)
	case left > 0:
		return bots.Trace{Kind: bots.TraceUnsure, Later: left}
	}
	return bots.Trace{Kind: bots.TraceAbsent}
}

// hunt goes through all folders that the server lists, the likely ones first.
func (d *Desk) hunt(c *imapclient.Client, h *hunt) error {
	list, err := c.List("", "*", nil).Collect()
	if err != nil {
		return err
	}
	dirs, err := d.folders(c)
	if err != nil {
		return err
	}
	likely := append([]string{d.c.Inbox, dirs.sent}, dirs.archives...)
	slices.SortStableFunc(list, func(a, b *imap.ListData) int { return rank(likely, a.Mailbox) - rank(likely, b.Mailbox) })
	outbox := kindOutbox.find(list, "")
	for _, f := range list {
		if slices.Contains(f.Attrs, imap.MailboxAttrNoSelect) || slices.Contains(f.Attrs, imap.MailboxAttrNonExistent) {
			continue
		}
		p, err := d.huntIn(c, f.Mailbox, h)
		switch {
		case isRefusal(err) && f.Mailbox != d.c.Inbox:
			h.closed = append(h.closed, f.Mailbox)
		case err != nil:
			return err
		case p != nil && (f.Mailbox == dirs.drafts || f.Mailbox == outbox):
			h.unsent = f.Mailbox
		case p != nil:
			h.at = p
			return nil
		}
	}
	return nil
}

func rank(likely []string, folder string) int {
	if i := slices.Index(likely, folder); i >= 0 {
		return i
	}
	return len(likely)
}

func isRefusal(err error) bool {
	_, refused := errors.AsType[*imap.Error](err)
	return refused
}

// huntIn looks into one folder: the server searches, and the newest mails, among
// which what came lately must be, are looked at one by one as well.
func (d *Desk) huntIn(c *imapclient.Client, folder string, h *hunt) (at *place, err error) {
	sel, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return nil, err
	}
	criteria := headerIs(h.id)
	if h.earlier != "" {
		criteria = imap.SearchCriteria{Or: [][2]imap.SearchCriteria{{criteria, headerIs(h.earlier)}}}
	}
	count := imap.UID(newest)
	var uids imap.UIDSet
	found, err := c.UIDSearch(&criteria, nil).Wait()
	switch {
	case isRefusal(err):
		count = unsearched
	case err != nil:
		return nil, err
	default:
		uids.AddNum(found.AllUIDs()...)
	}
	from := imap.UID(1)
	if sel.UIDNext > count {
		from = sel.UIDNext - count
	}
	if isRefusal(err) && from > 1 {
		h.closed = append(h.closed, folder)
	} else {
		h.folders++
	}
	if sel.NumMessages == 0 {
		return nil, nil
	}
	uids.AddRange(from, 0) // to the last
	list, err := mails(c, uids, &imap.FetchItemBodySection{Peek: true, Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"Message-Id"}})
	for _, m := range list {
		switch id := headID(m); {
		case id == "":
		case id == h.id:
			at = &place{folder: folder, validity: sel.UIDValidity, uid: uint32(m.UID)}
		case id == h.earlier:
			h.control = true
		}
	}
	return at, err
}

func headerIs(id string) imap.SearchCriteria {
	return imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-Id", Value: id}}}
}

// headID is the Message-ID in the header of a mail.
func headID(m *imapclient.FetchMessageBuffer) string {
	if len(m.BodySection) == 0 {
		return ""
	}
	e, _ := message.Read(strings.NewReader(string(m.BodySection[0].Bytes)))
	if e == nil {
		return ""
	}
	return strings.Trim(strings.TrimSpace(e.Header.Get("Message-Id")), "<>")
}

// bring takes a mail of ours, wherever it stands, into its thread.
func (d *Desk) bring(ctx context.Context, c *imapclient.Client, p place) error {
	list, err := mails(c, imap.UIDSetNum(imap.UID(p.uid)), &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Size: maxMail}})
	if err != nil {
		return err
	}
	for _, m := range list {
		if len(m.BodySection) == 0 {
			continue
		}
		if _, err := d.take(ctx, p, mailAt{raw: m.BodySection[0].Bytes, at: m.InternalDate, size: m.RFC822Size}); err != nil {
			return ours(err)
		}
		return nil
	}
	return pipeline.Errorf(pipeline.Unavailable, "the mail was moved while it was read")
}
