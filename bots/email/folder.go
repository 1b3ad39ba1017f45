package email

import (
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// folders are the mailbox's besides the inbox; empty where there is none.
type folders struct {
	sent, drafts string
	archives     []string // with those below them
}

// kind is how one of them is told: by the server's mark, or by its usual names,
// the likeliest first.
type kind struct {
	mark  imap.MailboxAttr
	names []string
}

var (
	kindSent = kind{imap.MailboxAttrSent, []string{"Sent", "Sent Items", "Sent Mail", "Sent Messages", "INBOX.Sent", "Gesendet", "Gesendete Elemente",
		"[Gmail]/Sent Mail"}}
	kindDrafts = kind{imap.MailboxAttrDrafts, []string{"Drafts", "Draft", "INBOX.Drafts", "Entwürfe", "[Gmail]/Drafts"}}
	// Gmail archives into the folder of all mail.
	kindArchive = kind{imap.MailboxAttrArchive, []string{"Archive", "Archives", "INBOX.Archive", "INBOX.Archives", "Archiv", "[Gmail]/All Mail"}}
)

// folders finds the folders and keeps them once there is one of sent mail.
func (d *Desk) folders(c *imapclient.Client) (folders, error) {
	if d.dirs.sent != "" {
		return d.dirs, nil
	}
	dirs, err := d.locate(c)
	if err == nil {
		d.dirs = dirs
	}
	return dirs, err
}

// locate asks the server for its folders. Settings go before what it says.
func (d *Desk) locate(c *imapclient.Client) (folders, error) {
	var o *imap.ListOptions
	if c.Caps().Has(imap.CapListExtended) && c.Caps().Has(imap.CapSpecialUse) {
		o = &imap.ListOptions{ReturnSpecialUse: true}
	}
	list, err := c.List("", "*", o).Collect()
	if err != nil {
		return folders{}, err
	}
	list = slices.DeleteFunc(list, func(f *imap.ListData) bool {
		return slices.Contains(f.Attrs, imap.MailboxAttrNoSelect) || slices.Contains(f.Attrs, imap.MailboxAttrNonExistent)
	})
	archive := kindArchive.find(list, d.c.Archive)
	if archive == "" { // Gmail's mark for all mail
		archive = kind{mark: imap.MailboxAttrAll}.find(list, "")
	}
	out := folders{sent: kindSent.find(list, d.c.Sent), drafts: kindDrafts.find(list, d.c.Drafts)}
	for _, f := range list {
		below := f.Delim != 0 && strings.HasPrefix(f.Mailbox, archive+string(f.Delim))
		if archive != "" && (f.Mailbox == archive || below) {
			out.archives = append(out.archives, f.Mailbox)
		}
	}
	if d.c.Archive != "" && len(out.archives) == 0 {
		out.archives = []string{d.c.Archive} // opening it will say that it is not there
	}
	return out, nil
}

// find is the folder of a kind; set is the setting.
func (k kind) find(list []*imap.ListData, set string) string {
	if set != "" {
		return set
	}
	best, found := len(k.names), ""
	for _, f := range list {
		if slices.Contains(f.Attrs, k.mark) {
			return f.Mailbox
		}
		if i := slices.IndexFunc(k.names, func(s string) bool { return strings.EqualFold(s, f.Mailbox) }); i >= 0 && i < best {
			best, found = i, f.Mailbox
		}
	}
	return found
}
