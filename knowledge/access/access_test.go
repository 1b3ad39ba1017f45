package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/knowledge"
	"footnote/pipeline"
)

// says is one thing that a page may say about itself, as a value of JSON; key may
// have dots.
type says struct {
	key   string
	value any
}

func (s says) tree() map[string]any {
	keys := strings.Split(s.key, ".")
	var v any = s.value
	for _, k := range slices.Backward(keys) {
		v = map[string]any{k: v}
	}
	return v.(map[string]any)
}

func (s says) json() string {
	b, err := json.Marshal(s.tree())
	if err != nil {
		panic(err)
	}
	return string(b)
}

// flow is a value as TOML and YAML's flow style have it.
func flow(v any, equals string) string {
	switch v := v.(type) {
	case map[string]any:
		var parts []string
		for _, k := range sortedKeys(v) {
			parts = append(parts, fmt.Sprintf("%q%s%s", k, equals, flow(v[k], equals)))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, flow(e, equals))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		return fmt.Sprintf("%q", v)
	}
	return fmt.Sprint(v)
}

func (s says) lines(equals string) string {
	var out []string
	for k, v := range s.tree() {
		out = append(out, k+equals+flow(v, strings.TrimLeft(equals, "")))
	}
	return strings.Join(out, "\n")
}

func many(v ...any) []any { return v }

type tree = map[string]any

// closedSayings are statements that a page is not for customers, or not now.
var closedSayings = []says{
	{"audience", "internal"}, {"Audience", "Internal Only"}, {"audience", many("internal")}, {"audience", many("internal", "agents")}, {"audience", many("public", "internal")}, {"audiences", many("staff")},
	{"audience", tree{"type": "internal"}}, {"audience", "tier 2"}, {"audience", many("partners")}, {"AUDIENCE", "STAFF"}, {"target_audience", "employees"}, {"extra.audience", "internal"}, {"ms.audience", "internal"},
	{"visibility", "internal"}, {"visibility", "private"}, {"pageVisibility", "staff"}, {"visibility", "partner"}, {"visibility", tree{"level": "restricted"}}, {"extra.visibility", "private"}, {"params.visibility", "internal"}, {"custom.fields.visibility", "internal"},
	{"visibility", tree{"public": false}}, {"visibility", tree{"customers": false, "staff": true}}, {"access", "staff"}, {"access", "members"}, {"access", many("public", "staff")}, {"access", tree{"roles": many("agent")}}, {"access_level", "confidential"}, {"access-level", 3},
	{"accessLevel", "restricted"}, {"internal", true}, {"internal", "yes"}, {"isInternal", true}, {"is_internal", 1}, {"internal_only", true}, {"internalOnly", true}, {"for_staff_only", true}, {"staff-only", true}, {"employeesonly", true},
	{"private", true}, {"restricted", true}, {"confidential", true}, {"confidential", "yes"}, {"public", false}, {"isPublic", false}, {"public", "no"}, {"public", "partly"}, {"customer_facing", false}, {"customerVisible", false},
	{"roles", many("agent")}, {"roles", many("hr")}, {"role", "admin"}, {"groups", many("billing-team")}, {"permissions", "staff-only"}, {"permissions", tree{"read": many("staff")}}, {"allowed_roles", many("agent", "lead")}, {"allowedGroups", many("ops")}, {"allowed_users", many("ana")},
	{"user_segment", "agents_and_managers"}, {"userSegment", tree{"name": "Signed-in users"}}, {"acl", many(tree{"group": "staff", "access": "read"})}, {"acl", tree{"staff": "read"}}, {"members_only", true}, {"membersOnly", true}, {"login_required", true},
	{"requires_auth", true}, {"requiresAuth", true}, {"requires_login", true}, {"protected", true}, {"password", "hunter2"}, {"classification", "confidential"}, {"security.classification", "secret"}, {"sensitivity", "internal"}, {"tlp", "amber"},
	{"viewable_by", "agents"}, {"visible_to", many("agents")}, {"who_can_view", "staff"}, {"shared_with", many("support team")}, {"restricted_to", "employees"}, {"zielgruppe", "intern"}, {"intern", true}, {"clearance", "internal"}, {"zone", "Internal use only"},
	{"tags", many("howto", "internal")}, {"labels", many("internal-only")}, {"category", "Internal"}, {"type", "internal"},
	{"draft", true}, {"draft", "true"}, {"isDraft", true}, {"Draft", 1}, {"draft", "maybe"}, {"params.draft", true}, {"status", "draft"}, {"status", "In Review"}, {"status", "unpublished"}, {"status", "archived"}, {"status", "internal"}, {"status", "wobbly"}, {"status", 1.5}, {"status", 1}, {"user_segment_id", 4711}, {"deleted_at", "2020-01-31"}, {"in_trash", true},
	{"state", "draft"}, {"publication_status", "pending"}, {"workflow_state", "in_progress"}, {"published", false}, {"published", "no"}, {"publish", false}, {"published", "2999-01-01"}, {"unlisted", true}, {"hidden", true}, {"hide", true}, {"noindex", true}, {"noIndex", true}, {"seo.noindex", true},
	{"robots", "noindex, nofollow"}, {"robots", many("noindex")}, {"robots", tree{"index": false}}, {"sitemap", false}, {"sitemap", tree{"exclude": true}}, {"search", false}, {"search", tree{"exclude": true}}, {"search", "exclude"}, {"search_exclude", true}, {"exclude_from_search", true}, {"searchable", false},
	{"index", false}, {"archived", true}, {"archived", "2024-01-31"}, {"deprecated", true}, {"deprecated", "Use the new page."}, {"obsolete", true}, {"outdated", true}, {"expiryDate", "2020-02-01"}, {"expiry_date", "2020-02-01T10:00:00Z"}, {"expires", "2020-02-01"}, {"expires", "some day"},
	{"expirationDate", "2020/02/01"}, {"unpublish_date", "2020-01-01"}, {"unpublishOn", "2020-01-01 10:00"}, {"valid_until", "2020-01-31"}, {"validUntil", "2020-01-31"}, {"valid-through", "2020-01-31"}, {"valid_until", "soon"}, {"publishDate", "2999-01-01"}, {"publish_date", "2999-01-01"},
	{"date", "2999-01-01"}, {"embargo", "2999-01-01"}, {"available_from", "2999-01-01"}, {"go_live", "later"}, {"redirect_to", "https://help.example.com/x"}, {"redirect", "/x"}, {"redirectUrl", "/x"}, {"layout", "redirect"}, {"superseded_by", "/new"}, {"enabled", false}, {"visible", false}, {"active", false},
	{"_build", tree{"list": "never", "render": "never"}}, {"articles.visibility", "internal"},
}

// openSayings are statements that leave a page as it is.
var openSayings = []says{
	{"audience", "public"}, {"audience", many("customers", "developers")}, {"visibility", "public"}, {"visibility", many("everyone")}, {"access", "open to everyone"}, {"internal", false}, {"private", "no"}, {"public", true}, {"draft", false}, {"draft", "false"}, {"published", true}, {"published", "2020-01-01"}, {"published", 2021},
	{"status", "published"}, {"status", "Approved"}, {"status", "new"}, {"state", "California"}, {"hidden", false}, {"unlisted", false}, {"robots", "index, follow"}, {"robots", "max-snippet:-1"}, {"sitemap", tree{"priority": 1}}, {"search", tree{"boost": 2}}, {"search", true}, {"expiryDate", "2999-01-01"}, {"expires", "never"}, {"publishDate", "2020-01-01"},
	{"date", "2020-01-01"}, {"date", "some day"}, {"valid_until", "2999-12-31"}, {"redirect_from", many("/old")}, {"aliases", many("/old")}, {"roles", "public"}, {"classification", "public"}, {"sensitivity", "none"}, {"login_required", false}, {"tags", many("billing", "private key")}, {"category", "billing"}, {"layout", "help"}, {"hide", many("toc", "navigation")},
	{"toc", tree{"hidden": true}}, {"sidebar", tree{"hidden": true, "status": "draft"}}, {"authors", many(tree{"name": "Ana", "role": "editor"})}, {"author", "Internal staff"}, {"description", "internal"}, {"private_endpoint_id", 7}, {"accessibility", "good"}, {"order", 3}, {"index", 0}, {"permissions", tree{"read": "everyone"}}, {"visibility", tree{"public": true}},
	{"nav_exclude", true}, {"ms.date", "2999-01-01"}, {"hero.image.hidden", true}, {"extra.audience", "public"}, {"version", "1.0"}, {"appliesto", many("Internal builds of Word")},
}

const accessBody = "The heron opens the left gate at nine.\n"

type form struct {
	name  string
	media knowledge.Media
	page  func(s says) string
	only  func(s says) bool
}

func scalarOnly(s says) bool {
	switch s.value.(type) {
	case string, bool, int, float64:
		return true
	}
	return false
}

// wordsOnly: prose has neither nesting nor numbers, and what is not understood in
// it is prose.
func wordsOnly(s says) bool {
	if !scalarOnly(s) || strings.Contains(s.key, ".") {
		return false
	}
	return plainly(kindOf(s.key), fmt.Sprint(s.value)) && kindOf(s.key) != noKind && kindOf(s.key) != someFromKey
}

// plainKeys: fields and attributes have neither nesting nor dots, and their values are
// words.
func plainKeys(s says) bool { return scalarOnly(s) && !strings.Contains(s.key, ".") }

var accessForms = func() (out []form) {
	dialects := map[string]func(says) string{
		"yaml":          func(s says) string { return "---\ntitle: A\n" + s.lines(": ") + "\n---\n" },
		"yaml block":    func(s says) string { return "---\n" + yamlBlock(s.tree(), "") + "---\n" },
		"yaml, bom":     func(s says) string { return "\ufeff---\r\n" + s.lines(": ") + "\r\ntitle: A\r\n---\r\n" },
		"yaml, blank":   func(s says) string { return "\n \n\n---\n" + s.lines(": ") + "\n---\n" },
		"yaml, comment": func(s says) string { return "<!-- licence: MIT\n -->\n\n---\n" + s.lines(": ") + "\n...\n" },
		"yaml, named":   func(s says) string { return "---yaml \n" + s.lines(": ") + "\n---\n" },
		"yaml, twice":   func(s says) string { return "---\ntitle: A\n---\n\n---\n" + s.lines(": ") + "\n---\n" },
		"yaml, long":    func(s says) string { return "-----\n" + s.lines(": ") + "\n-----\n" },
		"toml":          func(s says) string { return "+++\ntitle = \"A\"\n" + s.lines(" = ") + "\n+++\n\n" },
		"---toml":       func(s says) string { return "---toml\n" + s.lines(" = ") + "\n---\n" },
		"json":          func(s says) string { return s.json() + "\n\n" },
		"json, indented": func(s says) string {
			b, _ := json.MarshalIndent(s.tree(), "", "  ")
			return "\n" + string(b) + "\n"
		},
		"---json": func(s says) string { return "---json\n" + s.json() + "\n---\n" },
		";;;":     func(s says) string { return ";;;\n" + s.json() + "\n;;;\n" },
		"hexo":    func(s says) string { return ";;;\n" + strings.Trim(s.json(), "{}") + "\n;;;\n" },
	}
	for name, front := range dialects {
		for media, body := range map[knowledge.Media]string{knowledge.Markdown: "# Gate\n\n" + accessBody, knowledge.Text: accessBody, knowledge.HTML: "<!doctype html><html><body><h1>Gate</h1><p>" + accessBody + "</p></body></html>"} {
			var only func(says) bool
			if name == "hexo" {
				only = func(s says) bool { return scalarOnly(s) && !strings.Contains(s.key, ".") }
			}
			out = append(out, form{name + " in " + string(media), media, func(s says) string { return front(s) + body }, only})
		}
	}
	text := func(s says) string { return fmt.Sprintf("%v", s.value) }
	return append(out,
		form{"meta", knowledge.HTML, func(s says) string {
			return fmt.Sprintf("<!doctype html>\n<html><head><title>Gate</title><meta content=%q name=%q></head><body><p>%s</p></body></html>", text(s), s.key, accessBody)
		}, func(s says) bool { return scalarOnly(s) && !strings.Contains(s.key, ".") }},
		form{"meta in Markdown", knowledge.Markdown, func(s says) string {
			return fmt.Sprintf("# Gate\n\n<meta name=%q content=%q>\n\n%s", s.key, text(s), accessBody)
		}, func(s says) bool { return scalarOnly(s) && !strings.Contains(s.key, ".") }},
		form{"comment in HTML", knowledge.HTML, func(s says) string { return fmt.Sprintf("<!-- %s: %s -->\n<p>%s</p>", s.key, text(s), accessBody) }, wordsOnly},
		form{"comment in Markdown", knowledge.Markdown, func(s says) string {
			return fmt.Sprintf("# Gate\n\n%s\n<!--\n%s: %s\n-->\n", accessBody, s.key, text(s))
		}, wordsOnly},
		form{"front matter in a comment", knowledge.Markdown, func(s says) string { return "<!--\n---\n" + s.lines(": ") + "\n---\n-->\n" + accessBody }, nil},
		form{"front matter in a comment of HTML", knowledge.HTML, func(s says) string { return "<!--\n---\n" + s.lines(": ") + "\n---\n-->\n<p>" + accessBody + "</p>" }, nil},
		form{"mdx export", knowledge.Markdown, func(s says) string {
			return "import X from './x'\n\nexport const metadata = " + s.json() + "\n\n# Gate\n\n" + accessBody
		}, nil},
		form{"fields of reStructuredText", knowledge.RST, func(s says) string {
			return fmt.Sprintf(":author: Ana\n:%s: %s\n\nGate\n====\n\n%s", s.key, text(s), accessBody)
		}, plainKeys},
		form{"fields below an overlined title", knowledge.RST, func(s says) string {
			return fmt.Sprintf("----\nGate\n----\n\n:%s: %s\n\n%s", s.key, text(s), accessBody)
		}, plainKeys},
		form{"meta of reStructuredText", knowledge.RST, func(s says) string {
			return fmt.Sprintf("Gate\n====\n\n%s\n.. meta::\n   :keywords: a\n   :%s: %s\n", accessBody, s.key, text(s))
		}, plainKeys},
		form{"comment in reStructuredText", knowledge.RST, func(s says) string {
			return fmt.Sprintf("Gate\n====\n\n%s\n.. %s: %s\n", accessBody, s.key, text(s))
		}, wordsOnly},
		form{"yaml in reStructuredText", knowledge.RST, func(s says) string { return "---\n" + s.lines(": ") + "\n---\n\n" + accessBody }, nil},
		form{"attributes of AsciiDoc", knowledge.AsciiDoc, func(s says) string {
			return fmt.Sprintf("= Gate\nAna <ana@x.example>\n:toc:\n:%s: %s\n\n%s", s.key, text(s), accessBody)
		}, plainKeys},
		form{"page attributes of Antora", knowledge.AsciiDoc, func(s says) string {
			return fmt.Sprintf("// licence\n:page-%s: %s\n= Gate\n\n%s", s.key, text(s), accessBody)
		}, plainKeys},
		form{"comment in AsciiDoc", knowledge.AsciiDoc, func(s says) string { return fmt.Sprintf("= Gate\n\n%s\n// %s: %s\n", accessBody, s.key, text(s)) }, wordsOnly},
		form{"comment block in AsciiDoc", knowledge.AsciiDoc, func(s says) string {
			return fmt.Sprintf("= Gate\n\n%s\n////\n%s: %s\n////\n", accessBody, s.key, text(s))
		}, wordsOnly},
		form{"yaml in AsciiDoc", knowledge.AsciiDoc, func(s says) string { return "---\n" + s.lines(": ") + "\n---\n= Gate\n\n" + accessBody }, nil},
		form{"yaml in Textile", knowledge.Textile, func(s says) string { return "---\n" + s.lines(": ") + "\n---\nh1. Gate\n\n" + accessBody }, nil},
		form{"comment in Textile", knowledge.Textile, func(s says) string { return fmt.Sprintf("h1. Gate\n\n%s\n###. %s: %s\n", accessBody, s.key, text(s)) }, wordsOnly},
		form{"first lines", knowledge.Text, func(s says) string { return fmt.Sprintf("Title: Gate\n%s: %s\n\n%s", s.key, text(s), accessBody) }, wordsOnly},
		form{"bold first line", knowledge.Markdown, func(s says) string { return fmt.Sprintf("# Gate\n\n**%s:** %s\n\n%s", s.key, text(s), accessBody) }, wordsOnly})
}()

func yamlBlock(v map[string]any, indent string) string {
	var b strings.Builder
	for _, k := range sortedKeys(v) {
		switch e := v[k].(type) {
		case map[string]any:
			fmt.Fprintf(&b, "%s%s:\n%s", indent, k, yamlBlock(e, indent+"  "))
		case []any:
			fmt.Fprintf(&b, "%s%s:\n", indent, k)
			for _, x := range e {
				fmt.Fprintf(&b, "%s  - %s\n", indent, flow(x, ": "))
			}
		default:
			fmt.Fprintf(&b, "%s%s: %s\n", indent, k, flow(e, ": "))
		}
	}
	return b.String()
}

// inPublic tells whether a page may be quoted to customers today.
func inPublic(m knowledge.Meta, err error, now time.Time) bool {
	day := now.UTC().Truncate(24 * time.Hour)
	return err == nil && m.Audience == pipeline.Public && !day.Before(m.ValidFrom) && (m.ValidUntil.IsZero() || !day.After(m.ValidUntil))
}

// TestAccessFailsClosed: what says in any dialect and format that it is not for
// customers is not, and says why; what says that it is, or nothing, stays.
func TestAccessFailsClosed(t *testing.T) {
	t.Parallel()
	now := time.Now()
	closed, open := 0, 0
	for _, f := range accessForms {
		for i, s := range slices.Concat(closedSayings, openSayings) {
			if f.only != nil && !f.only(s) {
				continue
			}
			page := f.page(s)
			p, err := Read(knowledge.Raw{Path: "help/gate.md", Media: f.media, Data: []byte(page)}, strings.TrimPrefix(page, "\ufeff"), nil, now)
			var reasons []string
			m := knowledge.Meta{Audience: pipeline.Public} // what the source says of all its pages
			if err == nil {
				m, reasons = p.Settle(m)
			}
			if want := i >= len(closedSayings); inPublic(m, err, now) != want {
				t.Errorf("%s: %s %v: public %v, %v\n%s", f.name, s.key, s.value, !want, err, page)
			} else if want {
				open++
			} else {
				closed++
				told := strings.Join(reasons, "; ")
				if c, ok := errors.AsType[*ClosedError](err); ok {
					told = c.Reason
				}
				if told == "" {
					t.Errorf("%s: %s %v: nothing says why (%v)", f.name, s.key, s.value, err)
				}
			}
			if err == nil && !strings.Contains(p.Body, strings.TrimSpace(accessBody)) {
				t.Errorf("%s: %s %v: the text is %q", f.name, s.key, s.value, p.Body)
			}
		}
	}
	t.Logf("%d closed, %d open", closed, open)
}

// TestSetAttributes: a field without a value is set.
func TestSetAttributes(t *testing.T) {
	for media, pages := range map[knowledge.Media][]string{
		knowledge.RST:      {":orphan:\n\nGate\n====\n\nText.\n", "Gate\n====\n\n:internal:\n\nText.\n", ":draft:\n\nText.\n", "Gate\n====\n\n.. internal\n\nText.\n"},
		knowledge.AsciiDoc: {"= Gate\n:internal:\n\nText.\n", "= Gate\n:draft:\n\nText.\n", "= Gate\n:!public:\n\nText.\n", "= Gate\n:page-unlisted:\n\nText.\n"},
	} {
		for _, page := range pages {
			p, err := Read(knowledge.Raw{Path: "gate.x", Media: media}, page, nil, time.Now())
			if err == nil {
				if m, _ := p.Settle(knowledge.Meta{Audience: pipeline.Public}); m.Audience == pipeline.Public {
					t.Errorf("%s: %q is public", media, page)
				}
			}
		}
	}
}

// TestPathsSayIt too, unless the page says plainly that it is public.
func TestPathsSayIt(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]struct {
		fate     knowledge.Fate
		audience pipeline.Audience
	}{
		"help/a.md": {"", pipeline.Public}, "internal/a.md": {"", pipeline.Restricted}, "x/Internal-Docs/a.md": {"", pipeline.Restricted}, "staff_only/a.md": {"", pipeline.Restricted}, "a.internal.md": {"", pipeline.Restricted},
		"_drafts/a.md": {knowledge.LeftOut, ""}, "docs/Archive/a.md": {knowledge.LeftOut, ""}, "_note.mdx": {knowledge.LeftOut, ""}, "a.draft.md": {knowledge.LeftOut, ""}, "_index.md": {"", pipeline.Public},
		"_help/private-endpoints/a.md": {"", pipeline.Public}, "archive-mail/a.v2.md": {"", pipeline.Public},
	} {
		raw := knowledge.Raw{Path: path, Media: knowledge.Markdown}
		p, err := Read(raw, accessBody, nil, time.Now())
		c, _ := errors.AsType[*ClosedError](err)
		if (c == nil) != (want.fate == "") || c != nil && c.Fate != want.fate {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if c == nil {
			if m, _ := p.Settle(knowledge.Meta{Audience: pipeline.Public}); m.Audience != want.audience {
				t.Errorf("%s is %s", path, m.Audience)
			}
		}
		if p, err := Read(raw, "---\naudience: public\n---\n"+accessBody, nil, time.Now()); c == nil {
			if m, _ := p.Settle(knowledge.Meta{Audience: pipeline.Restricted}); err != nil || m.Audience != pipeline.Public {
				t.Errorf("%s says it is public and is %s, %v", path, m.Audience, err)
			}
		}
	}
}

// FuzzRead: nothing that anybody writes breaks the reader, and an error is a reason
// for people.
func FuzzRead(f *testing.F) {
	for _, form := range accessForms {
		f.Add(form.page(says{"audience", "internal"}))
	}
	f.Fuzz(func(t *testing.T, page string) {
		for _, media := range []knowledge.Media{knowledge.Markdown, knowledge.HTML, knowledge.Text} {
			_, err := Read(knowledge.Raw{Path: "a.md", Media: media}, strings.ToValidUTF8(page, "?"), nil, time.Now())
			if err != nil && (pipeline.KindOf(err) != pipeline.Invalid || pipeline.Say(err) == "") {
				t.Fatalf("%v is no reason for people", err)
			}
		}
	})
}

// TestOldVersionsByDecision: somebody may keep them, for everybody or for agents.
func TestOldVersionsByDecision(t *testing.T) {
	t.Parallel()
	old, current := knowledge.Raw{Path: "api/v1/a.md", Media: knowledge.Markdown}, knowledge.Raw{Path: "api/v2/a.md", Media: knowledge.Markdown}
	for means, want := range map[knowledge.Ruling]pipeline.Audience{"": "", knowledge.MeansLeaveOut: "", knowledge.MeansInternal: pipeline.Restricted, knowledge.MeansNothing: pipeline.Public, knowledge.MeansPublic: pipeline.Public} {
		var decided []knowledge.Decision
		if means != "" {
			decided = []knowledge.Decision{{Key: "version", Value: "v1", Means: means, By: "ana"}}
		}
		var o Older
		held := o.Keep(old, decided)
		if !o.Keep(current, decided) || held != (want == "") || len(o.Current()) != 1 || (len(o.Gone) == 1) != held {
			t.Errorf("%q: held %v, gone %+v", means, held, o.Gone)
		}
		if want == "" {
			continue
		}
		p, err := Read(old, accessBody, decided, time.Now())
		if err != nil {
			t.Errorf("%q: %v", means, err)
			continue
		}
		if m, _ := p.Settle(knowledge.Meta{Audience: pipeline.Public}); m.Audience != want {
			t.Errorf("%q: %s, want %s", means, m.Audience, want)
		}
	}
}
