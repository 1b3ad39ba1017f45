package console

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"

	"footnote/review/access"
)

// goldenPreviews are the messages and forms as the chat's own tests keep them.
func goldenPreviews(t *testing.T) []Preview {
	t.Helper()
	files, err := filepath.Glob("../../bots/slack/testdata/*.json")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d golden files, %v", len(files), err)
	}
	var out []Preview
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(f), ".json")
		surface, _, _ := strings.Cut(name, "-")
		switch surface {
		case "modal", "home":
		default:
			surface = "message"
		}
		out = append(out, Preview{Name: name, Surface: surface, JSON: raw})
	}
	return out
}

func previewing(t *testing.T, w *world) *Console {
	return newConsole(t, w, func(c *Config) { c.Previews = func() ([]Preview, error) { return goldenPreviews(t), nil } })
}

// TestSlackPreview: every golden message and form is laid out, whole, and
// nothing in it pings, runs or leads where it should not.
func TestSlackPreview(t *testing.T) {
	t.Parallel()
	a := ask(t, previewing(t, newWorld()), access.RoleAgent, "/development/slack", nil)
	want(t, a, 200, "card-typical", "modal-edit-long", "Approve & send", "Sentence number 50", "يصل المبلغ", "<!channel>", "asks first: Send this reply?", "Look before you send")
	if n, golden := len(a.find("section", "class", "bk-sample")), len(goldenPreviews(t)); n != golden {
		t.Errorf("%d samples, want %d", n, golden)
	}
	for _, words := range []string{"would ping", "does not know", `class="ping"`, "javascript:"} {
		if strings.Contains(a.Body, words) {
			t.Errorf("the page says %q", words)
		}
	}
	walk(a.Doc, func(n *html.Node) {
		if n.Data != "a" || !strings.HasPrefix(attr(n, "href"), "http") {
			return
		}
		if href := attr(n, "href"); !strings.HasPrefix(href, "https://help.acme.test/") && !strings.HasPrefix(href, "https://desk.acme.test/") && !strings.HasPrefix(href, "https://footnote.acme.test/tickets/") &&
			!strings.HasPrefix(href, "https://acme.slack.com/archives/C0TRIAGE/") {
			t.Errorf("a link leads to %s", href)
		}
	})
	only := ask(t, previewing(t, newWorld()), access.RoleAgent, "/development/slack?only=card-sent", nil)
	if n := len(only.find("section", "class", "bk-sample")); n != 1 || len(only.find("pre", "", "")) != 1 {
		t.Errorf("%d samples, want the one asked for", n)
	}
}

// TestSlackPreviewSays: what should never be in a message is pointed out.
func TestSlackPreviewSays(t *testing.T) {
	t.Parallel()
	odd := `{"text":"a &lt;b&gt;","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"*x*"}},{"type":"carousel"},
		{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"broadcast","range":"channel"},{"type":"text","text":"<script>alert(1)</script>","style":{"strike":true}}]}]}]}`
	c := newConsole(t, newWorld(), func(c *Config) {
		c.Previews = func() ([]Preview, error) { return []Preview{{"odd", "message", []byte(odd)}}, nil }
	})
	want(t, ask(t, c, access.RoleAgent, "/development/slack", nil), 200, "would ping: broadcast", "markup", "carousel, which the preview does not know", "<script>alert(1)</script>", "Notification: a <b>")
	c.Previews = func() ([]Preview, error) { return []Preview{{"bad", "message", []byte("{")}}, nil }
	want(t, ask(t, c, access.RoleAgent, "/development/slack", nil), 500)
	c.Previews = nil
	want(t, ask(t, c, access.RoleAgent, "/development/slack", nil), 404)
	if a := ask(t, previewing(t, newWorld()), "", "/development/slack", nil); a.StatusCode != 303 {
		t.Errorf("nobody is signed in: %d", a.StatusCode)
	}
}

// TestSlackScreenshots writes a picture of every sample for people to look at.
func TestSlackScreenshots(t *testing.T) {
	dir := os.Getenv("FOOTNOTE_SCREENSHOTS")
	if dir == "" {
		t.Skip("FOOTNOTE_SCREENSHOTS names no directory")
	}
	w := newWorld()
	w.links["once"] = jo
	url := siteOf(t, previewing(t, w))
	for _, look := range []struct {
		name  string
		dark  bool
		width int
	}{{"light", false, 1000}, {"dark", true, 1000}, {"phone", false, 390}} {
		ctx := browser(t, look.dark, look.width, 900)
		w.mu.Lock()
		w.links["once"] = jo
		w.mu.Unlock()
		do(t, ctx, chromedp.Navigate(url+"/sign-in/once"), chromedp.Click(chromedp.CSS("button.primary")), until(`location.pathname === '/queue'`))
		names := []string{""}
		if look.name == "light" {
			for _, s := range goldenPreviews(t) {
				names = append(names, s.Name)
			}
		}
		for _, name := range names {
			do(t, ctx, chromedp.Navigate(url+"/development/slack?only="+name))
			png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatal(err)
			}
			if wide := eval[float64](t, ctx, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
				t.Errorf("%s (%s) is %v px wider than the screen", name, look.name, wide)
			}
			if err := os.WriteFile(filepath.Join(dir, "slack-"+name+"-"+look.name+".png"), png, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
