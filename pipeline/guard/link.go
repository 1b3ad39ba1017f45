package guard

import (
	"strings"
	"sync"

	"golang.org/x/net/publicsuffix"

	"footnote/pipeline"
)

// checkLinks lets an address into a reply only when a cited public source
// carries it: as the document's own URL, or in the passage's text on the site of a
// cited document or one of Input.Hosts. A document without a URL vouches for no
// site, and for no telephone number: that is confirmed by the person. Images, HTML and disguised addresses never pass. In a person's own words a
// foreign address is a warning.
func checkLinks(c *checked) []pipeline.Finding {
	var out []pipeline.Finding
	allowed := sync.OnceValue(c.allowed) // most replies hold no address
	for i, s := range c.Draft.Sentences {
		for _, a := range Addresses(s.Text) {
			if why, sev := allowed().judge(a, c.human); why != "" {
				out = append(out, at("link", sev, i, why+": "+clip(a.Raw, 80)))
			}
		}
	}
	if len(out) == 0 { // an address may be spread over sentences
		for _, a := range Addresses(c.text) {
			if why, sev := allowed().judge(a, c.human); why != "" && sev == pipeline.Block {
				out = append(out, at("link", sev, -1, why+": "+clip(a.Raw, 80)))
			}
		}
	}
	return out
}

// allowance is what the cited sources allow.
type allowance struct {
	urls     map[string]bool // canonical addresses of documents
	texts    map[string]bool // canonical addresses within passages
	sites    map[string]bool // registrable domains of documents, and Hosts
	digits   string          // of cited texts with a URL
	unplaced string          // digits of cited texts without one
	internal map[string]bool
}

func (c *checked) allowed() allowance {
	a := allowance{urls: map[string]bool{}, texts: map[string]bool{}, sites: map[string]bool{}, internal: map[string]bool{}}
	for _, h := range c.Hosts {
		a.sites[site(strings.ToLower(h))] = true
	}
	for _, p := range c.Internal {
		if p.URL != "" {
			a.internal[canonicalURL(p.URL)] = true
		}
	}
	var placed, unplaced strings.Builder
	for _, p := range c.cited {
		if !c.may(p) {
			continue
		}
		numbers := &unplaced
		if p.URL != "" {
			numbers = &placed
			a.urls[canonicalURL(p.URL)] = true
			a.sites[site(hostOf(p.URL))] = true
		}
		for _, found := range Addresses(p.Text) {
			a.texts[canonicalURL(found.Raw)] = true
		}
		numbers.WriteString(digits(p.Text) + "\n")
	}
	a.digits, a.unplaced = placed.String(), unplaced.String()
	return a
}

// judge returns why an address may not stand in the reply, "" when it may.
func (a allowance) judge(f Address, human bool) (string, pipeline.Severity) {
	foreign := pipeline.Block
	if human {
		foreign = pipeline.Warn
	}
	key := canonicalURL(f.Raw)
	switch {
	case f.Kind == "markup":
		return "Images, link definitions and HTML may not be sent", pipeline.Block
	case a.internal[key]:
		return "Links to an internal source", pipeline.Block
	case f.Kind == "phone":
		if strings.Contains(a.digits, digits(f.Raw)) {
			return "", ""
		}
		if strings.Contains(a.unplaced, digits(f.Raw)) {
			return "A number from a page without an address of its own: is it ours", pipeline.Confirm
		}
		return "A number that no cited source has", foreign
	case f.Disguised:
		return "A disguised address", pipeline.Block
	case strings.HasPrefix(key, "javascript:"), strings.HasPrefix(key, "data:"), strings.HasPrefix(key, "vbscript:"), strings.HasPrefix(key, "file:"):
		return "Not a web address", pipeline.Block
	case a.urls[key]:
		return "", ""
	case a.texts[key] && a.sites[site(f.Host)]:
		return "", ""
	case a.texts[key]:
		return "Leads to a site that is not its source's (setting own_sites)", foreign
	case a.sites[site(f.Host)] && f.Bare && f.Kind == "url" && a.hasHost(f.Host):
		return "", ""
	}
	return "No cited source has this address", foreign
}

func (a allowance) hasHost(host string) bool {
	for u := range a.urls {
		if hostOf(u) == host || hostOf("http://"+u) == host {
			return true
		}
	}
	return false
}

// canonicalURL makes two spellings of one address equal: scheme, www, trailing
// slash and fragment left out, host in lower case.
func canonicalURL(raw string) string {
	s := strings.TrimRight(strings.TrimSpace(Reveal(raw)), ".,;:!?)'\"*_`")
	s = strings.TrimPrefix(s, "mailto:")
	for _, scheme := range []string{"https://", "http://", "//"} {
		if len(s) >= len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			s = s[len(scheme):]
			break
		}
	}
	if i := strings.IndexByte(s, '#'); i >= 0 {
		s = s[:i]
	}
	s = strings.TrimRight(s, "/")
	if i := strings.IndexAny(s, "/?"); i >= 0 {
		return strings.TrimPrefix(strings.ToLower(s[:i]), "www.") + s[i:]
	}
	return strings.TrimPrefix(strings.ToLower(s), "www.")
}

// site returns the registrable domain of a host: fernhill.example of
// help.fernhill.example.
func site(host string) string {
	if s, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return s
	}
	return host
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
