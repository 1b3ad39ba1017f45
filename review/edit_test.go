package review

import (
	"strings"
	"testing"

	"footnote/pipeline"
)

// TestEditCitesWhatItRestsOn: a reply cites the sources of the sentences that are sent,
// and what the person put in must be public and current when it leaves.
func TestEditCitesWhatItRestsOn(t *testing.T) {
	t.Parallel()
	const put = "0198d9c0-0000-7000-8000-0000000000bb"
	w := setup(t)
	w.exec(t, `INSERT INTO documents (id, source, path, version, title, audience, hash, raw_hash, bytes) VALUES ('help/b', 'help', 'b', 1, 'Pausing', 'public', 'h', 'h', 1)`)
	w.exec(t, `INSERT INTO document_versions (document, version, title, text, hash) VALUES ('help/b', 1, 'Pausing', 'Press Pause.', 'h')`)
	w.exec(t, `INSERT INTO passages (id, document, version, ordinal, text, start_at, end_at, hash, terms) VALUES ($1, 'help/b', 1, 0, 'Press Pause.', 0, 12, 'h', '{}')`, put)
	edit := func(text string, put ...string) pipeline.Event {
		t.Helper()
		w.exec(t, `UPDATE reviews SET state = 'open'`)
		if _, err := w.Decide(t.Context(), pipeline.Decision{Draft: w.draft.ID, Kind: pipeline.Edit, By: ana, Surface: "console", Text: text, Put: put}); err != nil {
			t.Fatal(err)
		}
		all := w.approvals(t)
		return all[len(all)-1]
	}
	cited := func(e pipeline.Event) string {
		d, err := pipeline.Decode[pipeline.DecidedData](e)
		if err != nil {
			t.Fatal(err)
		}
		if d.Hash != d.Reply.Hash() {
			t.Error("the hash is not the reply's")
		}
		var out []string
		for _, c := range d.Reply.Citations {
			out = append(out, c.Passage)
		}
		return strings.Join(out, " ")
	}
	if got := cited(edit("Press Cancel. Bye.")); got != passage {
		t.Errorf("what is kept cites %q", got)
	}
	if got := cited(edit("I do not know.")); got != "" {
		t.Errorf("what holds nothing of the draft cites %q", got)
	}
	e := edit("Press Pause.", put)
	if got := cited(e); got != put {
		t.Errorf("what was put in cites %q", got)
	}
	if r := w.find(t); len(r.Sentences) != 1 || r.Sentences[0].State != pipeline.EditProven || r.Text != "Press Pause." {
		t.Errorf("kept %+v", r.Sentences)
	}
	if err := w.Fresh(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	w.exec(t, `UPDATE documents SET audience = 'internal' WHERE id = 'help/b'`)
	if err := w.Fresh(t.Context(), e); pipeline.KindOf(err) != pipeline.Conflict || !strings.Contains(err.Error(), "Pausing") {
		t.Errorf("an internal page leaves: %v", err)
	}
}
