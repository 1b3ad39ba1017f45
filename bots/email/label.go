package email

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"footnote/bots"
	"footnote/pipeline"
)

// The keywords that are a thread's status. A tag "Footnote solved" that somebody
// makes in Thunderbird has the first as its name on the server.
const (
	keySolved  imap.Flag = "footnote_solved"
	keyPending imap.Flag = "footnote_pending"
)

// syncMarks notes the status that mails have in the inbox, which is selected. A
// server without keywords finds none.
func (d *Desk) syncMarks(ctx context.Context, c *imapclient.Client) error {
	sel := c.Mailbox()
	if sel == nil || sel.Name != d.c.Inbox {
		return nil
	}
	validity, _, err := d.store.cursor(ctx, d.c.Inbox)
	if pipeline.KindOf(err) == pipeline.NotFound && err != nil {
		return nil // nothing was ever read
	}
	if err != nil {
		return ours(err)
	}
	var marks [2][]uint32
	for i, key := range []imap.Flag{keySolved, keyPending} {
		found, err := c.UIDSearch(&imap.SearchCriteria{Flag: []imap.Flag{key}}, nil).Wait()
		if err != nil {
			return err
		}
		for _, uid := range found.AllUIDs() {
			marks[i] = append(marks[i], uint32(uid))
		}
	}
	return ours(d.store.mark(ctx, place{folder: d.c.Inbox, validity: validity}, marks[0], marks[1], d.c.Now()))
}

// Tag adds keywords to the ticket's mail in the inbox. What a keyword cannot hold
// becomes _. Invalid where the server keeps no keywords.
func (d *Desk) Tag(ctx context.Context, ref pipeline.TicketRef, tags ...string) error {
	var keys []imap.Flag
	for _, tag := range tags {
		key := strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._+-$", r) {
				return r
			}
			return '_'
		}, strings.TrimSpace(tag))
		if strings.Trim(key, "_") == "" || len(key) > 100 {
			return pipeline.Errorf(pipeline.Invalid, "a mail cannot be tagged %q", bots.Plain(tag, 60))
		}
		keys = append(keys, imap.Flag(key))
	}
	if len(keys) == 0 {
		return nil
	}
	return d.flag(ctx, ref, change{add: keys})
}

// SetStatus puts the status on the ticket's mail in the inbox, for open it takes
// it away. A mail that comes later opens the ticket again by itself.
func (d *Desk) SetStatus(ctx context.Context, ref pipeline.TicketRef, s pipeline.TicketStatus) error {
	change := change{to: s, drop: []imap.Flag{keySolved, keyPending}}
	switch s {
	case pipeline.StatusOpen:
	case pipeline.StatusSolved:
		change.add, change.drop = []imap.Flag{keySolved}, []imap.Flag{keyPending}
	case pipeline.StatusPending:
		change.add, change.drop = []imap.Flag{keyPending}, []imap.Flag{keySolved}
	default:
		return pipeline.Errorf(pipeline.Invalid, "there is no status %s", bots.Plain(string(s), 20))
	}
	return d.flag(ctx, ref, change)
}

// change is what is done to the keywords of a ticket's mail; to is the status
// that it leads to, empty for tags.
type change struct {
	add, drop []imap.Flag
	to        pipeline.TicketStatus
}

func (d *Desk) flag(ctx context.Context, ref pipeline.TicketRef, do change) error {
	t, _, err := d.thread(ctx, ref.ID)
	if err != nil || do.to != "" && t.Status == do.to {
		return err
	}
	return d.session(ctx, func(c *imapclient.Client) error {
		uids, err := d.store.uids(ctx, ref.ID, d.c.Inbox)
		if err != nil {
			return ours(err)
		}
		if len(uids) == 0 {
			return ours(pipeline.Errorf(pipeline.NotFound, "the thread is not in the inbox"))
		}
		set := uidSet(uids)
		sel, err := c.Select(d.c.Inbox, nil).Wait()
		if err != nil {
			return err
		}
		if missing := refused(sel.PermanentFlags, do.add); len(missing) > 0 {
			return ours(pipeline.Errorf(pipeline.Invalid, "the mail server keeps no keywords of its users in %s", bots.Plain(d.c.Inbox, 60)))
		}
		for op, flags := range map[imap.StoreFlagsOp][]imap.Flag{imap.StoreFlagsDel: do.drop, imap.StoreFlagsAdd: do.add} {
			if len(flags) == 0 {
				continue
			}
			if err := c.Store(set, &imap.StoreFlags{Op: op, Silent: true, Flags: flags}, nil).Close(); err != nil {
				return denied(err)
			}
		}
		if _, err := c.Select(d.c.Inbox, &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
			return err
		}
		return d.syncMarks(ctx, c)
	})
}

// denied is a server's NO to a change of flags: the mailbox may only be read.
func denied(err error) error {
	if e, ok := errors.AsType[*imap.Error](err); ok && e.Type == imap.StatusResponseTypeNo && e.Code == "" {
		return ours(pipeline.Errorf(pipeline.Denied, "the mail server does not let us change the inbox"))
	}
	return err
}

// refused lists the keywords that a folder does not take for good; a server that
// does not tell takes all.
func refused(permanent, keys []imap.Flag) (out []imap.Flag) {
	if len(permanent) == 0 || slices.Contains(permanent, imap.FlagWildcard) {
		return nil
	}
	for _, k := range keys {
		if !slices.ContainsFunc(permanent, func(f imap.Flag) bool { return strings.EqualFold(string(f), string(k)) }) {
			out = append(out, k)
		}
	}
	return out
}

func uidSet(uids []uint32) (set imap.UIDSet) {
	for _, uid := range uids {
		set.AddNum(imap.UID(uid))
	}
	return set
}
