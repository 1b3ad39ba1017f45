package ingest

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"footnote/knowledge"
	"footnote/knowledge/access"
	"footnote/pipeline"
)

// toRead is a request to Read; the document's bytes stand behind it.
type toRead struct {
	Raw      knowledge.Raw      `json:"raw"` // without Data
	Settings knowledge.Settings `json:"settings"`
	// Settings leaves them out, since a source keeps them elsewhere.
	Decisions []knowledge.Decision `json:"decisions,omitempty"`
}

// wasRead is what Read says; the cleaned text stands behind it.
type wasRead struct {
	Refused  string              `json:"refused,omitempty"` // why there is no text, in plain words
	Meta     knowledge.Meta      `json:"meta"`
	Hash     string              `json:"hash"`
	Language string              `json:"language"`
	Chunks   []knowledge.Chunk   `json:"chunks"`
	Notes    []string            `json:"notes,omitempty"`
	Reasons  []string            `json:"reasons,omitempty"`
	Kept     int                 `json:"kept,omitempty"`
	Dropped  []knowledge.Dropped `json:"dropped,omitempty"`
	// Closed says so of what is refused because of what it says itself.
	Closed *access.ClosedError `json:"closed,omitempty"`
}

// Request is what Read reads: a document, and the defaults of its source.
func Request(raw knowledge.Raw, def knowledge.Settings) []byte {
	data := raw.Data
	raw.Data = nil
	return seal(toRead{Raw: raw, Settings: def, Decisions: def.Decisions}, data)
}

// Read takes one document through all steps, from its bytes to passages: the
// pure function behind a Reader. Request and answer are for this package, of
// this version, only.
func Read(request []byte) (answer []byte) {
	var a toRead
	data, err := unseal(request, &a)
	if err != nil {
		return seal(wasRead{Refused: "The document did not reach its reader."}, "")
	}
	a.Raw.Data, a.Settings.Decisions = data, a.Decisions
	p, err := readSafely(a.Raw, a.Settings)
	if err != nil {
		closed, _ := errors.AsType[*access.ClosedError](err)
		return seal(wasRead{Refused: pipeline.Say(err), Closed: closed}, "")
	}
	return seal(wasRead{Meta: p.meta, Hash: p.hash, Language: p.language, Chunks: p.chunks, Notes: p.notes, Reasons: p.reasons, Kept: p.kept, Dropped: p.dropped}, p.text)
}

// readSafely takes a panic of a parser for what it is: a document that it cannot
// read.
func readSafely(raw knowledge.Raw, def knowledge.Settings) (p prepared, err error) {
	defer func() {
		if recover() != nil {
			err = refuse("This page breaks the reader; leave it out, and report it.")
		}
	}()
	return prepare(raw, def)
}

// read prepares a document, by the reader if there is one.
func (k *Ingester) read(ctx context.Context, raw knowledge.Raw, def knowledge.Settings) (prepared, error) {
	if k.Reader == nil {
		return readSafely(raw, def)
	}
	p := prepared{path: raw.Path, bytes: max(raw.Size, int64(len(raw.Data)))}
	if refusal := refusedUnread(raw); refusal != nil { // no need to carry it there
		return p, refusal
	}
	answer, err := k.Reader.Read(ctx, Request(raw, def))
	if err != nil {
		return p, err
	}
	var a wasRead
	text, err := unseal(answer, &a)
	switch {
	case err != nil:
		return p, pipeline.Errorf(pipeline.Unavailable, "The reader of documents gives no answer: %w", err)
	case a.Closed != nil:
		return p, a.Closed
	case a.Refused != "":
		return p, refuse("%s", a.Refused)
	}
	p.meta, p.text, p.hash, p.language, p.chunks, p.notes, p.reasons = a.Meta, string(text), a.Hash, a.Language, a.Chunks, a.Notes, a.Reasons
	p.kept, p.dropped = a.Kept, a.Dropped
	return p, nil
}

// seal writes a head of JSON and a body as they are: the length of the head, the
// head, the body.
func seal[B []byte | string](head any, body B) []byte {
	h, err := json.Marshal(head)
	if err != nil { // only texts, numbers and times of a calendar
		h = []byte("{}")
	}
	out := make([]byte, 0, binary.MaxVarintLen64+len(h)+len(body))
	out = binary.AppendUvarint(out, uint64(len(h)))
	return append(append(out, h...), body...)
}

// unseal reads what seal wrote; the body is part of b.
func unseal(b []byte, head any) (body []byte, err error) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return nil, fmt.Errorf("unseal: %d bytes hold no head", len(b))
	}
	b = b[used:]
	d := json.NewDecoder(bytes.NewReader(b[:n]))
	if err := d.Decode(head); err != nil {
		return nil, fmt.Errorf("unseal: %w", err)
	}
	return b[n:], nil
}
