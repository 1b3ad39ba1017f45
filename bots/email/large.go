package email

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Of a large mail the texts are read wherever they stand, and of its files the names:
// it is put together again without what is in the files.

const maxPart = 1 << 20 // bytes read of one text of a large mail

// whole reads the texts of a large mail of the selected folder; nil when the server
// does not tell what is in it.
func whole(c *imapclient.Client, uid imap.UID) ([]byte, error) {
	head := &imap.FetchItemBodySection{Peek: true, Specifier: imap.PartSpecifierHeader}
	m, err := one(c, uid, &imap.FetchOptions{UID: true, BodyStructure: &imap.FetchItemBodyStructure{Extended: true}, BodySection: []*imap.FetchItemBodySection{head}})
	if err != nil || m == nil || m.BodyStructure == nil {
		return nil, err
	}
	root, ok := m.BodyStructure.(*imap.BodyStructureMultiPart)
	if !ok {
		return nil, nil
	}
	var paths [][]int
	texts := map[string]bool{}
	o := &imap.FetchOptions{UID: true}
	root.Walk(func(path []int, p imap.BodyStructure) bool {
		if len(path) == 0 || len(paths) >= maxAttachments || len(path) > maxNested {
			return len(path) <= maxNested
		}
		path = slices.Clone(path)
		paths = append(paths, path)
		o.BodySection = append(o.BodySection, &imap.FetchItemBodySection{Peek: true, Part: path, Specifier: imap.PartSpecifierMIME})
		single, leaf := p.(*imap.BodyStructureSinglePart)
		if leaf && readable(single) {
			texts[fmt.Sprint(path)] = true
			o.BodySection = append(o.BodySection, &imap.FetchItemBodySection{Peek: true, Part: path, Partial: &imap.SectionPartial{Size: maxPart}})
		}
		return !leaf
	})
	if m, err = one(c, uid, o); err != nil || m == nil {
		return nil, err
	}
	sections := map[string][]byte{} // by part, and what of it
	for _, s := range m.BodySection {
		sections[fmt.Sprint(s.Section.Part)+string(s.Section.Specifier)] = s.Bytes
	}
	head1, err := one(c, uid, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{head}})
	if err != nil || head1 == nil || len(head1.BodySection) == 0 {
		return nil, err
	}
	var b bytes.Buffer
	b.Write(bytes.TrimRight(head1.BodySection[0].Bytes, "\r\n"))
	b.WriteString("\r\n\r\n")
	rebuild(&b, root, nil, sections)
	return b.Bytes(), nil
}

// readable tells whether a part may hold text that somebody wrote.
func readable(p *imap.BodyStructureSinglePart) bool {
	d := p.Disposition()
	return p.Text != nil && (d == nil || d.Value != "attachment")
}

// rebuild writes a part's parts as they stood, without what was not read.
func rebuild(b *bytes.Buffer, p *imap.BodyStructureMultiPart, path []int, sections map[string][]byte) {
	mark := ""
	if p.Extended != nil {
		mark = p.Extended.Params["boundary"]
	}
	for i, child := range p.Children {
		at := append(slices.Clone(path), i+1)
		key := fmt.Sprint(at)
		fmt.Fprintf(b, "--%s\r\n", mark)
		b.Write(bytes.TrimRight(sections[key+string(imap.PartSpecifierMIME)], "\r\n"))
		b.WriteString("\r\n\r\n")
		if many, ok := child.(*imap.BodyStructureMultiPart); ok {
			rebuild(b, many, at, sections)
		} else {
			b.Write(sections[key])
		}
		b.WriteString("\r\n")
	}
	fmt.Fprintf(b, "--%s--\r\n", mark)
}

// one reads something of one mail; nil when the server tells of flags in its place
// (see mails) and goes on doing so, or the mail is gone.
func one(c *imapclient.Client, uid imap.UID, o *imap.FetchOptions) (*imapclient.FetchMessageBuffer, error) {
	for range 5 {
		list, err := c.Fetch(imap.UIDSetNum(uid), o).Collect()
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			if m.UID == uid && (len(m.BodySection) > 0 || m.BodyStructure != nil) {
				return m, nil
			}
		}
	}
	return nil, nil
}
