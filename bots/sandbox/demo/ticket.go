package demo

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// Ticket is one customer's case, from the sample messages or from a JSONL
// file. It reads the common shapes: {id, text, history, reply} and
// {id, title, text, author, locale}.
type Ticket struct {
	ID       string `json:"id"`
	Subject  string `json:"subject"`
	Title    string `json:"title"`
	Text     string `json:"text"`
	Locale   string `json:"locale"`
	Author   any    `json:"author"`
	Customer struct {
		Name  string `json:"name"`
		Email string `json:"email"`
	} `json:"customer"`
	History []struct {
		Role string `json:"role"`
		Text string `json:"text"`
	} `json:"history"`
	// Reply is what a human agent answered; empty when not known.
	Reply string `json:"reply"`
}

func (t Ticket) subject() string { return cmp.Or(t.Subject, t.Title, text.FirstLine(t.Text, 60)) }

func (t Ticket) customer() pipeline.Person {
	p := pipeline.Person{Name: t.Customer.Name, Email: t.Customer.Email}
	if s, ok := t.Author.(string); ok && p.Name == "" {
		p.Name = s
	}
	p.Email = cmp.Or(p.Email, "customer-"+slug(t.ID)+"@example.com")
	return p
}

func slug(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return '-'
	}, s)
}

// ReadTickets reads up to limit tickets (0: all). Lines that are no ticket are
// an error that names them: a demo that silently drops input proves nothing.
func ReadTickets(path string, limit int) ([]Ticket, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Invalid, "tickets: %w", err)
	}
	defer f.Close()
	return DecodeTickets(f, path, limit)
}

// DecodeTickets is ReadTickets of what is named so in errors.
func DecodeTickets(r io.Reader, name string, limit int) ([]Ticket, error) {
	var out []Ticket
	err := eachLine(r, name, func(n int, line []byte) (bool, error) {
		var t Ticket
		if err := json.Unmarshal(line, &t); err != nil {
			return false, pipeline.Errorf(pipeline.Invalid, "tickets: %s line %d is no ticket: %w", name, n, err)
		}
		if strings.TrimSpace(t.ID) == "" {
			return false, pipeline.Errorf(pipeline.Invalid, "tickets: %s line %d has no id", name, n)
		}
		out = append(out, t)
		return limit == 0 || len(out) < limit, nil
	})
	if err == nil && len(out) == 0 {
		err = pipeline.Errorf(pipeline.Invalid, "tickets: %s holds none", name)
	}
	return out, err
}

// ReadSpans reads gold spans by ticket id.
func ReadSpans(path string) (map[string][]Span, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Invalid, "spans: %w", err)
	}
	defer f.Close()
	out := map[string][]Span{}
	err = eachLine(f, path, func(n int, line []byte) (bool, error) {
		var s struct {
			QID   string `json:"qid"`
			DocID string `json:"docid"`
			Start int    `json:"start"`
			End   int    `json:"end"`
		}
		if err := json.Unmarshal(line, &s); err != nil || s.QID == "" {
			return false, pipeline.Errorf(pipeline.Invalid, "spans: %s line %d is no span: %w", path, n, err)
		}
		out[s.QID] = append(out[s.QID], Span{Document: s.DocID, Start: s.Start, End: s.End})
		return true, nil
	})
	return out, err
}

func eachLine(r io.Reader, name string, each func(n int, line []byte) (more bool, err error)) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 1<<20), 64<<20)
	for n := 1; sc.Scan(); n++ {
		if len(strings.TrimSpace(sc.Text())) == 0 {
			continue
		}
		more, err := each(n, sc.Bytes())
		if err != nil || !more {
			return err
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}
