package ingest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"footnote/knowledge"
	"footnote/knowledge/access"
	"footnote/pipeline"
)

// beside reads in this process what a reader would elsewhere.
type beside struct{}

func (beside) Read(_ context.Context, request []byte) ([]byte, error) { return Read(request), nil }

// TestWhatAPageSaysArrives from a reader elsewhere: why it is closed, in which key,
// and what people decided gets there.
func TestWhatAPageSaysArrives(t *testing.T) {
	t.Parallel()
	decided := []knowledge.Decision{{Source: "help", Key: "visibility", Value: "partner", Means: knowledge.MeansInternal, By: "ana"}}
	for name, raw := range map[string]knowledge.Raw{
		"internal": {Path: "a.md", Media: knowledge.Markdown, Data: []byte("---\naudience: internal\n---\nText.\n")},
		"unclear":  {Path: "a.md", Media: knowledge.Markdown, Data: []byte("---\nvisibility: dealer\n---\nText.\n")},
		"decided":  {Path: "a.md", Media: knowledge.Markdown, Data: []byte("---\nvisibility: partner\n---\nText.\n")},
		"row":      {Path: "a", Media: knowledge.Text, Verbatim: true, Data: []byte("Text."), Fields: map[string]any{"meta": map[string]any{"draft": true}}},
		"until":    {Path: "a.md", Media: knowledge.Markdown, Data: []byte("+++\nexpiryDate = 2999-01-31\n+++\nText.\n")},
	} {
		def := knowledge.Settings{Audience: pipeline.Public, Decisions: decided}
		here, failed := (&Ingester{Knowledge: knowledge.New(knowledge.Config{})}).read(t.Context(), raw, def)
		there, failedToo := (&Ingester{Knowledge: knowledge.New(knowledge.Config{Reader: beside{}})}).read(t.Context(), raw, def)
		a, _ := errors.AsType[*access.ClosedError](failed)
		b, _ := errors.AsType[*access.ClosedError](failedToo)
		if (a == nil) != (b == nil) || a != nil && *a != *b || here.meta != there.meta || !slices.Equal(here.reasons, there.reasons) || a == nil && len(here.reasons) == 0 {
			t.Errorf("%s: here %+v %q %v, there %+v %q %v", name, here.meta, here.reasons, failed, there.meta, there.reasons, failedToo)
		}
	}
}
