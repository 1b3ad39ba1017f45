package console

import (
	"net/url"
	"strings"
	"testing"

	"footnote/review/access"
)

var _ People = (*access.Service)(nil)

// TestPeople: an administrator adds somebody and gets a link to hand over, changes
// a role, removes access after a question, and gives it back.
func TestPeople(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	post := func(path string, form url.Values) answer { return ask(t, c, access.RoleAdmin, path, form) }
	page := ask(t, c, access.RoleAdmin, "/people", nil)
	want(t, page, 200, "Jo Marsh", "jo@example.com", "knowledge owner", "Removed 8 days ago", "1 day ago")
	if strings.Contains(page.words(), "Hand this link") {
		t.Error("a link is shown that nobody asked for")
	}
	a := post("/people", url.Values{"name": {"Ann Bell"}, "email": {"ann@example.com"}, "role": {"manager"}})
	want(t, a, 200, "Hand this link to ann@example.com", "works for a day", "Ann Bell")
	if in := a.find("input", "aria-label", "Sign-in link"); len(in) != 1 || attr(in[0], "value") != "http://footnote.example/sign-in/link-for-ann@example.com" {
		t.Error("the link is not there to be copied")
	}
	want(t, post("/people", url.Values{"name": {"Ann"}, "email": {"ann@example.com"}, "role": {"agent"}}), 409, "has an account already")
	want(t, post("/people", url.Values{"name": {"Bob"}, "email": {"bob@example.com"}}), 422, "Choose a role")
	want(t, post("/people/link", url.Values{"email": {"jo@example.com"}}), 200, "Hand this link to jo@example.com")
	a = post("/people/role", url.Values{"email": {"jo@example.com"}, "role": {"owner"}})
	want(t, a, 303)
	want(t, ask(t, c, access.RoleAdmin, "/people", nil, after(a)), 200, "The role is changed")
	if w.person("jo@example.com").Role != access.RoleOwner {
		t.Error("the role is as it was")
	}
	a = ask(t, c, access.RoleAdmin, "/people/remove?email=jo@example.com", nil)
	want(t, a, 200, "jo@example.com is signed out at once", "Remove access", "Change nothing")
	if !w.person("jo@example.com").DisabledAt.IsZero() {
		t.Error("the question removed somebody")
	}
	want(t, post("/people/remove", url.Values{"email": {"jo@example.com"}}), 303)
	if w.person("jo@example.com").DisabledAt.IsZero() {
		t.Error("nobody was removed")
	}
	want(t, post("/people/restore", url.Values{"email": {"jo@example.com"}}), 303)
	if !w.person("jo@example.com").DisabledAt.IsZero() {
		t.Error("access is not given back")
	}
	want(t, post("/people/remove", url.Values{"email": {"ida@example.com"}}), 409, "the last administrator")
	want(t, post("/people/nonsense", url.Values{}), 404)
}
