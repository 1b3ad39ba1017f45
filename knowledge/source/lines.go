package source

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"regexp"
	"strings"
	"time"

	"footnote/knowledge"
)

// Lines yields whole documents from a JSONL file, one object a line:
//
//	{"id": "…", "title": "…", "text": "…", "url": "…",
//	 "meta": {"locale": "…", "product": "…", "audience": "…", "owner": "…", "review_date": "…", "valid_from": "…", "valid_until": "…", "format": "markdown"}}
//
// Only id and text are needed; what any other field says about who may read the
// document counts as it does in front matter. Texts are taken verbatim, so that offsets of
// passages are offsets in text; meta.lang stands for locale and meta.domain for
// product where those are missing. Without meta.format a text with Markdown
// headings, fences, tables or links is Markdown, any other is plain. A line
// that cannot be read is quarantined as "line N".
type Lines struct {
	file string
}

// NewLines returns the source of a JSONL file.
func NewLines(file string) *Lines { return &Lines{file: file} }

// Row is one line of a JSONL file.
type Row struct {
	ID    string         `json:"id"`
	Title string         `json:"title"`
	Text  string         `json:"text"`
	URL   string         `json:"url"`
	Meta  map[string]any `json:"meta"`
	// Other fields of the line, which may say who reads the document.
	Other map[string]any `json:"-"`
}

// Documents implements knowledge.Source.
func (l *Lines) Documents(ctx context.Context) iter.Seq2[knowledge.Raw, error] {
	return func(yield func(knowledge.Raw, error) bool) {
		file, err := os.Open(l.file)
		if err != nil {
			yield(knowledge.Raw{}, unreachable(l.file, err))
			return
		}
		defer file.Close()
		in := bufio.NewReaderSize(file, 1<<16)
		for n := 1; ; n++ {
			if err := ctx.Err(); err != nil {
				yield(knowledge.Raw{}, err)
				return
			}
			text, size, err := readLine(in)
			if err != nil && !errors.Is(err, io.EOF) {
				yield(knowledge.Raw{}, unreachable(l.file, err))
				return
			}
			if len(bytes.TrimSpace(text)) > 0 || size > int64(len(text)) {
				if !yield(parseLine(n, text, size), nil) {
					return
				}
			}
			if err != nil {
				return
			}
		}
	}
}

// readLine returns the next line; of one that is too long only the head, with
// size telling.
func readLine(in *bufio.Reader) (text []byte, size int64, err error) {
	for {
		part, err := in.ReadSlice('\n')
		size += int64(len(part))
		if room := 2*knowledge.MaxBytes - len(text); room > 0 {
			text = append(text, part[:min(len(part), room)]...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, size, err
		}
	}
}

// maxMeta is what a row may say besides its text, in bytes; in memory it takes a
// hundred times as much.
const maxMeta = 64 << 10

func parseLine(n int, text []byte, size int64) knowledge.Raw {
	raw := knowledge.Raw{Path: fmt.Sprintf("line %d", n), Size: size, Verbatim: true}
	if size > int64(len(text)) {
		raw.Refused = "The document is larger than 10 MB; split it, or leave it out."
		return raw
	}
	var d Row
	err := d.take(text)
	if errors.Is(err, errMeta) {
		raw.Refused = "What the document says besides its text is larger than 64 KB."
		return raw
	}
	if err != nil {
		raw.Refused = "The line is not a JSON document with id and text."
		return raw
	}
	for k := range d.Other {
		switch strings.ToLower(k) {
		case "id", "title", "text", "url":
			delete(d.Other, k)
		}
	}
	return d.raw(raw)
}

// take reads a line. What it holds besides its text may name a tree of any size,
// so that it is measured before one is built.
func (d *Row) take(line []byte) error {
	var texts struct {
		ID, Title, Text, URL string
		Meta                 json.RawMessage
	}
	var all map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(line, &texts), json.Unmarshal(line, &all)); err != nil {
		return err
	}
	d.ID, d.Title, d.Text, d.URL = texts.ID, texts.Title, texts.Text, texts.URL
	maps.DeleteFunc(all, func(key string, _ json.RawMessage) bool { return strings.EqualFold(key, "text") })
	rest, err := json.Marshal(all)
	switch {
	case err != nil:
		return err
	case max(len(rest), len(texts.Meta)) > maxMeta:
		return errMeta
	case len(texts.Meta) > 0:
		err = json.Unmarshal(texts.Meta, &d.Meta)
	}
	return errors.Join(err, json.Unmarshal(rest, &d.Other))
}

var errMeta = errors.New("meta is too large")

// Raw is the row as a document: what Lines yields for it.
func (d Row) Raw() knowledge.Raw { return d.raw(knowledge.Raw{Path: d.ID, Verbatim: true}) }

// Field returns the first of some fields of meta that is a text, else "".
func (d Row) Field(keys ...string) string {
	for _, k := range keys {
		if s, ok := d.Meta[k].(string); ok && s != "" {
			return s
		}
	}
	return ""
}

func (d Row) raw(raw knowledge.Raw) knowledge.Raw {
	if strings.TrimSpace(d.ID) == "" || len(d.ID) > 500 || strings.ContainsRune(d.ID, 0) {
		raw.Refused = "The document has no usable id."
		return raw
	}
	raw.Path, raw.Data, raw.Size = d.ID, []byte(d.Text), int64(len(d.Text))
	raw.Meta = knowledge.Meta{Title: d.Title, URL: d.URL, Locale: d.Field("locale", "lang"), Product: d.Field("product", "domain"), Owner: d.Field("owner")}
	raw.Meta.Audience, _ = knowledge.ParseAudience(d.Field("audience"))
	raw.Fields = d.fields()
	raw.Meta.ReviewedAt, _ = time.Parse(time.DateOnly, d.Field("review_date"))
	raw.Meta.ValidFrom, _ = time.Parse(time.DateOnly, d.Field("valid_from"))
	raw.Meta.ValidUntil, _ = time.Parse(time.DateOnly, d.Field("valid_until"))
	switch raw.Media = knowledge.Media(d.Field("format")); raw.Media {
	case knowledge.Markdown, knowledge.Text:
	default:
		raw.Media = sniff(d.Text)
	}
	return raw
}

// fields are what the row says besides its text.
func (d Row) fields() map[string]any {
	out := maps.Clone(d.Other)
	if out == nil && len(d.Meta) > 0 {
		out = map[string]any{"meta": d.Meta}
	}
	return out
}

var markdownSign = regexp.MustCompile("(?m)^(?:#{1,6} \\S|```|~~~|\\|.*\\|[ \t]*$)|\\]\\((?:https?://|/|#)")

func sniff(text string) knowledge.Media {
	if markdownSign.MatchString(text) {
		return knowledge.Markdown
	}
	return knowledge.Text
}

// Open returns the source of a place: a JSONL file or a folder. The feed has
// kind and location filled.
func Open(name, place string, settings knowledge.Settings) knowledge.Feed {
	f := knowledge.Feed{Name: name, Location: place, Settings: settings}
	if strings.HasSuffix(strings.ToLower(place), ".jsonl") {
		f.Kind, f.Source = "jsonl", NewLines(place)
		return f
	}
	f.Kind, f.Source = "folder", NewFolder(place)
	return f
}
