package email

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/jackc/pgx/v5/pgconn"

	"footnote/bots"
	"footnote/pipeline"
)

const (
	maxMail = 8 << 20 // bytes read of one mail; attachments behind them are not listed
	batch   = 8
	// lookBack is how far a first look goes back, from now or, after the folder's
	// UIDs changed, from the newest mail that was read. IMAP searches by whole days.
	lookBack = 3 * 24 * time.Hour
)

// sync reads what is new in the mailbox. Afterwards the inbox is selected.
func (d *Desk) sync(ctx context.Context, c *imapclient.Client) error {
	dirs, err := d.folders(c)
	if err != nil {
		return err
	}
	if sent := dirs.sent; sent != "" {
		if err := d.syncFolder(ctx, c, sent); err != nil {
			return err
		}
	}
	if err := d.syncFolder(ctx, c, d.c.Inbox); err != nil {
		return err
	}
	if err := d.syncMarks(ctx, c); err != nil {
		return err
	}
	if err := d.syncGone(ctx, c); err != nil {
		return err
	}
	return d.tidy(ctx, c, dirs.drafts)
}

func (d *Desk) syncFolder(ctx context.Context, c *imapclient.Client, folder string) error {
	sel, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return err
	}
	validity, last, err := d.store.cursor(ctx, folder)
	first := pipeline.KindOf(err) == pipeline.NotFound
	if err != nil && !first {
		return ours(err)
	}
	criteria := &imap.SearchCriteria{UID: []imap.UIDSet{{imap.UIDRange{Start: imap.UID(last) + 1}}}}
	if first || validity != sel.UIDValidity {
		seen, err := d.store.lastSeen(ctx, d.c.Now())
		if err != nil {
			return ours(err)
		}
		last, criteria = 0, &imap.SearchCriteria{Since: seen.Add(-lookBack)}
	} else if sel.UIDNext != 0 && uint32(sel.UIDNext) <= last+1 {
		return nil
	}
	found, err := c.UIDSearch(criteria, nil).Wait()
	if err != nil {
		return err
	}
	var uids []imap.UID
	for _, uid := range found.AllUIDs() {
		if uint32(uid) > last { // n:* holds the last mail, even when it is older
			uids = append(uids, uid)
		}
	}
	slices.Sort(uids)
	p := place{folder: folder, validity: sel.UIDValidity}
	for part := range slices.Chunk(uids, batch) {
		if err := d.fetch(ctx, c, p, part, first); err != nil {
			return err
		}
		p.uid = uint32(part[len(part)-1])
		if err := d.store.advance(ctx, p); err != nil {
			return ours(err)
		}
	}
	if sel.UIDNext > 1 && len(uids) == 0 && (first || validity != sel.UIDValidity) {
		p.uid = uint32(sel.UIDNext) - 1
		return ours(d.store.advance(ctx, p))
	}
	return nil
}

// fetch takes some mails of the selected folder.
func (d *Desk) fetch(ctx context.Context, c *imapclient.Client, p place, uids []imap.UID, first bool) error {
	body := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Size: maxMail}}
	list, err := mails(c, imap.UIDSetNum(uids...), body)
	if err != nil {
		return err
	}
	var copies imap.UIDSet
	var replies []string
	for _, m := range list {
		p.uid = uint32(m.UID)
		var raw []byte
		if len(m.BodySection) > 0 {
			raw = m.BodySection[0].Bytes
		}
		at := mailAt{raw: raw, at: m.InternalDate, size: m.RFC822Size, first: first}
		if m.RFC822Size > maxMail {
			if full, err := whole(c, m.UID); err != nil && !isRefusal(err) {
				return err
			} else if at.cut = full == nil; full != nil {
				at.raw = full
			}
		}
		own, err := d.take(ctx, p, at)
		if err != nil {
			return ours(err)
		}
		if own != "" && p.folder == d.c.Inbox {
			copies.AddNum(m.UID)
			replies = append(replies, own)
		}
	}
	if len(copies) == 0 {
		return nil
	}
	if err := d.markRead(c, p.folder, copies); err != nil {
		return err
	}
	for _, id := range replies {
		if err := d.answered(ctx, c, id); err != nil {
			return err
		}
	}
	return nil
}

// markRead marks copies of our own replies as read: nobody needs to open them. A
// server that refuses is left alone.
func (d *Desk) markRead(c *imapclient.Client, folder string, uids imap.UIDSet) error {
	_, err := c.Select(folder, nil).Wait()
	if err == nil {
		err = c.Store(uids, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagSeen}}, nil).Close()
	}
	if _, refused := errors.AsType[*imap.Error](err); refused {
		d.c.Log.Warn("mark copies of replies read", "desk", d.c.Name, "error", classify(err))
		_, err = c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	}
	return err
}

// mailAt is a mail as the server has it.
type mailAt struct {
	raw   []byte
	at    time.Time // INTERNALDATE
	size  int64
	first bool // at the first look into a folder
	cut   bool // raw is the beginning of it
}

// take stores one mail, or quarantines it, and tells its Message-ID when it is our
// own. The error is the database's.
func (d *Desk) take(ctx context.Context, p place, m mailAt) (own string, err error) {
	now := d.c.Now()
	if m.at.IsZero() || m.at.After(now.Add(24*time.Hour)) || m.at.Year() < 1990 {
		m.at = now
	}
	l, err := parse(m.raw)
	if err == nil {
		if m.cut {
			l.text = strings.TrimSpace(l.text + fmt.Sprintf("\n\n[not read: what stands behind the first %d of the mail's %d MB]", maxMail>>20, m.size>>20))
		}
		if own, err = d.keep(ctx, p, l, m); err == nil {
			return own, nil
		}
		if e, ok := errors.AsType[*pgconn.PgError](err); !ok || !strings.HasPrefix(e.Code, "22") && !strings.HasPrefix(e.Code, "54") {
			return "", err // else it is this mail's text that no table takes
		}
		err = pipeline.Errorf(pipeline.Invalid, "the mail holds text that cannot be stored")
	}
	d.c.Log.Warn("mail quarantined", "desk", d.c.Name, "folder", p.folder, "uid", p.uid, "error", err)
	return "", d.store.quarantine(ctx, p, quarantined{bytes: m.size, reason: bots.Plain(err.Error(), 300), at: now})
}

func (d *Desk) keep(ctx context.Context, p place, l letter, m mailAt) (own string, err error) {
	l = d.byList(l)
	r := row{letter: l, message: l.id, at: m.at, seenAt: d.c.Now()}
	if r.message == "" {
		r.message = hashID(m.raw)
	}
	// When a server got a copy says nothing about when the mail was written: moving a
	// mailbox to another server makes all of it new.
	if !l.sent.IsZero() && l.sent.Before(m.at) && m.at.Sub(l.sent) > lag {
		r.at = l.sent
	}
	if m.first { // old mail is known to the poll under its own time, and not told
		r.seenAt, r.told = r.at, r.at.Before(d.c.Now().Add(-d.c.First))
	}
	if l.from == d.address && l.id != "" {
		if r.ticket, r.marker, err = d.store.markerOf(ctx, l.id); err != nil {
			return "", err
		}
	}
	if l.report.failed && p.folder == d.c.Inbox {
		ticket, marker, to, err := d.store.reported(ctx, l.report, m.at.Add(-reportReach))
		if err == nil {
			r.ticket, r.undelivered, r.rule = ticket, marker, l.report.undelivered(to)
		} else if pipeline.KindOf(err) != pipeline.NotFound {
			return "", err
		}
	}
	if r.ticket == "" {
		if r.ticket, err = d.store.ticketOf(ctx, l.refs); err != nil {
			return "", err
		}
	}
	if r.ticket == "" {
		r.ticket = TicketID(append(slices.Clone(l.refs), r.message)[0])
	}
	r.role, r.rule = d.role(p.folder, r)
	if age := m.at.Sub(r.at); !m.first && r.role == pipeline.RoleCustomer && age > d.oldest() {
		r.role, r.rule = pipeline.RoleSystem, "It is old mail that was put into the inbox: it is of "+r.at.UTC().Format(time.DateOnly)+"."
	}
	if r.message, err = d.store.insert(ctx, r); err != nil {
		return "", err
	}
	if r.marker != "" {
		own = l.id
	}
	return own, d.store.found(ctx, p, r.message)
}

// byList takes a mail that came by one of our lists for a person's. Where the list
// wrote itself into From it names the sender elsewhere.
func (d *Desk) byList(l letter) letter {
	if !slices.ContainsFunc(l.lists, func(s string) bool { return d.lists[s] }) {
		return l
	}
	l.auto = l.auto && !l.byList
	if l.original != "" && (l.from == d.address || slices.Contains(l.lists, l.from)) {
		if l.replyTo == l.from {
			l.replyTo = l.original
		}
		l.from = l.original
	}
	return l
}

// reportReach is how long servers try before they give a mail back.
const reportReach = 6 * 24 * time.Hour

// lag is what a mail may take on its way, without being another time's.
const lag = 10 * time.Minute

// oldest is how old mail may be that comes into the inbox for the first time: servers
// keep trying for some days.
func (d *Desk) oldest() time.Duration { return max(d.c.First, 5*24*time.Hour) }

// What people read of mail that is nobody's to answer.
const (
	ruleForged = "It says that an agent wrote it, and nothing proves that: the mail server did not vouch for the sender. It was not taken for an agent's answer."
	ruleOwn    = "It says that it is from this mailbox itself, and Footnote did not send it."
)

// role tells who wrote a mail, and the rule by which it is nobody's to answer. What
// stands in the folder of sent mail an agent wrote in a mail program, unless it has
// our mark; in the inbox a server must vouch for an agent (proof.go), and mail from
// the mailbox's own address is a machine's or a forger's.
func (d *Desk) role(folder string, r row) (role pipeline.Role, rule string) {
	c := bots.Claim{ID: r.from, Role: pipeline.RoleCustomer, Marker: r.marker, Auto: r.auto}
	switch {
	case folder != d.c.Inbox:
		c.ID, c.Role = "", pipeline.RoleAgent
	case r.marker == "" && r.from == d.address && !r.auto:
		return pipeline.RoleBot, ruleOwn
	case !d.isAgent(r.from):
	case r.auto:
		c.Role = pipeline.RoleSystem
	case d.vouched(r.trace, r.from):
		c.Role = pipeline.RoleAgent
	case r.marker == "":
		return pipeline.RoleSystem, ruleForged
	}
	role = bots.RoleOf(c, d.address)
	if role == pipeline.RoleSystem || role == pipeline.RoleBot {
		rule = r.rule
	}
	return role, rule
}

// shortID keeps a message's identifier within what one may be.
func shortID(s string) string {
	if bots.ValidID(s) {
		return s
	}
	return hashID([]byte(s))
}

func hashID(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256-" + hex.EncodeToString(sum[:16])
}
