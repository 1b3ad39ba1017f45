package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"footnote/pipeline"
)

// TestNoInstallation: a command on a directory that holds none says so and makes
// nothing there.
func TestNoInstallation(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "misspelt")
	for _, cmd := range []interface {
		Run(ctx context.Context, g globals) error
	}{&reportCmd{Days: 30}, &auditCmd{}, &loginCmd{}} {
		if err := cmd.Run(t.Context(), globals{Data: dir}); pipeline.KindOf(err) != pipeline.NotFound || !strings.Contains(err.Error(), "footnote up") {
			t.Errorf("%T: %v", cmd, err)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory was made: %v", err)
	}
}

// TestReportCommandRefuses numbers of days that no report covers.
func TestReportCommandRefuses(t *testing.T) {
	for _, days := range []int{-5, 0, 732, 999_999} {
		err := (&reportCmd{Days: days}).run(t.Context(), nil, &bytes.Buffer{})
		if pipeline.KindOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), "from 1 to 731") {
			t.Errorf("%d days: %v", days, err)
		}
	}
}

// TestLimitsAreTakenAtTheirWord: a limit that lists nothing is refused, not replaced.
func TestLimitsAreTakenAtTheirWord(t *testing.T) {
	for _, n := range []int{-1, 0} {
		for _, cmd := range []command{&searchCmd{Question: []string{"x"}, Limit: n}, &knowledgeListCmd{Limit: n}} {
			if err := cmd.run(t.Context(), nil, &bytes.Buffer{}); pipeline.KindOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), "--limit=") {
				t.Errorf("%T with %d: %v", cmd, n, err)
			}
		}
	}
	if err := (&searchCmd{Limit: 51}).run(t.Context(), nil, &bytes.Buffer{}); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("51 passages: %v", err)
	}
	for n, want := range map[int]string{0: "0 lessons", 1: "1 lesson", 2: "2 lessons"} {
		if got := many(n, "lesson"); got != want {
			t.Errorf("many(%d) = %q", n, got)
		}
	}
}
