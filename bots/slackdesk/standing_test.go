package slackdesk_test

import (
	"strings"
	"testing"

	"footnote/bots/slackdesk"
	"footnote/pipeline"
)

// TestAppsName: without slackdesk_names a reply stands under the app's name, and the
// setting is named.
func TestAppsName(t *testing.T) {
	_, d, _ := open(t, func(c *slackdesk.Config) { c.Names = false })
	s, err := d.Standing(t.Context(), pipeline.Agent{ID: "a1", Name: "Grace Hopper", Email: "grace@example.org"})
	if err != nil || s.Own || !strings.Contains(s.Why, "slackdesk_names") {
		t.Errorf("%+v, %v", s, err)
	}
}
