package text

import "testing"

func TestPlain(t *testing.T) {
	for md, want := range map[string]string{
		"Go to **Settings > Billing**.":                    "Go to Settings > Billing.",
		"See [plans](https://x.example/a_(b)) and `code`.": "See plans and code.",
		"## Title\n- one\n- *two*":                         "Title one two",
		"![alt](x.png) text":                               "text",
		"snake_case_name stays, 2 * 3 * 4 too":             "snake_case_name stays, 2 * 3 * 4 too",
	} {
		if got := Plain(md); got != want {
			t.Errorf("%q: %q", md, got)
		}
	}
}
