package console

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"footnote/pipeline"
	"footnote/review/access"
)

// frame is what every page has around its content.
type frame struct {
	Title   string
	Here    string // the entry of the navigation that is lit
	Agent   pipeline.Agent
	Nav     []navItem
	Sandbox string
	Version string
	Live    bool // the page updates itself
	Style   string
	Script  string
	Icon    string
}

type navItem struct {
	Path, Name string
	Here       bool
}

func (c *Console) frame(r *http.Request, title, here string) frame {
	a := agentOf(r)
	f := frame{Title: plain(title), Here: here, Agent: a, Sandbox: c.Sandbox, Version: c.Version,
		Style: c.assetPath("console.css"), Script: c.assetPath("console.js"), Icon: c.assetPath("icon.svg")}
	if a.ID == "" {
		return f
	}
	for _, n := range []struct {
		path, name string
		needs      access.Permission
	}{
		{"/queue", "Queue", access.SeeTickets},
		{"/knowledge", "Knowledge", access.SeeKnowledge},
		{"/report", "Report", access.SeeReports},
		{"/operations", "Operations", access.SeeOperations},
		{"/audit", "Audit", access.SeeAudit},
		{"/people", "People", access.ManageAccounts},
	} {
		if access.May(a.Role, n.needs) {
			f.Nav = append(f.Nav, navItem{Path: n.path, Name: n.name, Here: n.path == here})
		}
	}
	return f
}

// confirmPage asks before something is done that cannot be undone by a click.
// Without an Action there is nothing to do.
type confirmPage struct {
	frame
	Say                         string
	Action, Name, Value, Button string // of the form, with its one field
	Back                        string
}

func (c *Console) home(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, "/queue", http.StatusSeeOther)
	return nil
}

// parse reads base.html, the shared parts and each page's file into one
// template set per page.
func (c *Console) parse() (map[string]*template.Template, error) {
	base, err := template.New("base").Funcs(c.funcs()).ParseFS(files, "templates/base.html", "templates/part_*.html")
	if err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	names, err := files.ReadDir("templates")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	pages := map[string]*template.Template{}
	for _, f := range names {
		name := strings.TrimSuffix(f.Name(), ".html")
		if name == "base" || strings.HasPrefix(name, "part_") {
			continue
		}
		set, err := base.Clone()
		if err == nil {
			set, err = set.ParseFS(files, path.Join("templates", f.Name()))
		}
		if err != nil {
			return nil, fmt.Errorf("parse template %s: %w", name, err)
		}
		pages[name] = set
	}
	return pages, nil
}

func (c *Console) funcs() template.FuncMap {
	return template.FuncMap{
		"runs": runs, "prose": prose, "plain": plain, "short": short, "filekind": pipeline.FileKind, "host": host, "link": link,
		"ago":      func(t time.Time) moment { return c.moment(t) },
		"span":     span,
		"ms":       spanMS,
		"percent":  percent,
		"money":    money,
		"number":   number,
		"size":     size,
		"size64":   func(n int) string { return size(int64(n)) },
		"next":     func(n int64) int64 { return n + 1 },
		"minus":    func(x float64) float64 { return 1000 - x },
		"plural":   plural,
		"ticket":   TicketPath,
		"roleName": roleName,
		"chooser": func(name, label, any, is string, options []option) chooser {
			return chooser{name, label, any, is, options}
		},
	}
}

// moment is a point in time as pages show it.
type moment struct {
	At   string // RFC 3339, for machines; empty for the zero time
	Full string // "23 Nov 2026, 10:32 UTC"
	Ago  string // "5 min ago"
	Day  string // "23 Nov 2026"
}

func (c *Console) moment(t time.Time) moment {
	if t.IsZero() {
		return moment{Ago: "never", Day: "never"}
	}
	t = t.UTC()
	m := moment{At: t.Format(time.RFC3339), Full: t.Format("2 Jan 2006, 15:04 UTC"), Day: t.Format("2 Jan 2006")}
	switch d := c.Now().Sub(t); {
	case d < time.Minute:
		m.Ago = "just now"
	case d < 14*24*time.Hour:
		m.Ago = span(d) + " ago"
	default:
		m.Ago = m.Day
	}
	return m
}

// span is a duration in the two units a person would use.
func span(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Second && d > 0:
		return "under 1 s"
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 10*time.Minute && d%time.Minute >= time.Second:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 24*time.Hour:
		if m := int(d.Minutes()) % 60; m > 0 && d < 10*time.Hour {
			return fmt.Sprintf("%d h %d min", int(d.Hours()), m)
		}
		return fmt.Sprintf("%d h", int(d.Hours()))
	case d < 48*time.Hour:
		return "1 day"
	default:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
}

// spanMS is a figure's duration: days with their hours, so that the bounds of an
// interval do not read the same.
func spanMS(ms float64) string {
	d := time.Duration(ms) * time.Millisecond
	if h := int(d.Hours()); h >= 24 && h < 240 {
		return fmt.Sprintf("%d d %d h", h/24, h%24)
	}
	return span(d)
}

// percent shows a share in [0,1]; shares that are not quite 0 or 1 never look it.
func percent(x float64) string {
	switch {
	case x > 0 && x < 0.01:
		return "under 1 %"
	case x > 0.99 && x < 1:
		return "over 99 %"
	}
	return fmt.Sprintf("%.0f %%", x*100)
}

// money shows millionths of a US dollar.
func money(micros int64) string {
	d := float64(micros) / 1e6
	switch {
	case micros == 0:
		return "$0"
	case d < 0.01:
		return "under 1 ¢"
	case d < 1:
		return fmt.Sprintf("%.1f ¢", d*100)
	}
	return fmt.Sprintf("$%.2f", d)
}

// number groups thousands with a thin space.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// plural returns "1 ticket", "2 tickets".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

func roleName(role string) string {
	switch role {
	case access.RoleOwner:
		return "knowledge owner"
	case "":
		return "none"
	}
	return role
}

// withQuery returns path with the non-empty values as its query.
func withQuery(path string, kv ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(kv); i += 2 {
		if kv[i+1] != "" {
			q.Set(kv[i], kv[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// withParam adds one value to a path that may have a query already.
func withParam(path, key, value string) string {
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	return path + sep + key + "=" + url.QueryEscape(value)
}

// fingerprint is a short fingerprint of what a page shows, so that its script changes
// nothing when it reads the same again.
func fingerprint(shown any) string {
	b, err := json.Marshal(shown)
	if err != nil {
		return "" // a page without a fingerprint is always taken as changed
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}
