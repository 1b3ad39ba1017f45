package email

import (
	"regexp"
	"slices"
	"strings"

	"github.com/jhillyerd/enmime/v2"

	"footnote/bots"
)

// A report of delivery (RFC 3464, and the older forms that servers write freely) says
// which reply did not arrive by the Message-ID of what it returns, else by the address
// that could not be reached.

// report is what a mail says about the delivery of another.
type report struct {
	failed     bool
	markers    []string // of our replies that it names
	recipients []string // that were not reached, lower case
	why        string
}

var (
	markerIn  = regexp.MustCompile(`fn-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}@`)
	actionIn  = regexp.MustCompile(`(?im)^Action:[ \t]*([a-z]+)`)
	finalIn   = regexp.MustCompile(`(?im)^(?:Final|Original)-Recipient:[ \t]*(?:[a-z0-9-]+;)?[ \t]*<?([^\s<>;]+@[^\s<>;]+)`)
	statusIn  = regexp.MustCompile(`(?im)^Diagnostic-Code:[ \t]*(?:[a-z0-9-]+;)?[ \t]*([^\r\n]+(?:\r?\n[ \t]+[^\r\n]+)*)`)
	codeIn    = regexp.MustCompile(`\b[45]\d\d[ -](?:\d\.\d{1,3}\.\d{1,3} )?[^\r\n]{3,200}`)
	laterIn   = regexp.MustCompile(`(?i)\bdelay(?:ed)?\b|will (?:be retried|keep trying|continue to|retry)|not been delivered yet|noch nicht zugestellt|you do not need to resend|warning only`)
	bouncedIn = regexp.MustCompile(`(?i)undeliver|delivery (?:has |status notification \(fail|failed|failure|incomplete)|failure notice|returned (?:mail|to sender)|could ?n[o']t be delivered|could not be delivered|permanent (?:fatal )?error|failed permanently|mail delivery|unzustellbar|nicht zugestellt|non remis|no se puede entregar|no entregado|non recapitabile|não entregue|onbestelbaar|не удалось доставить|配信不能|退信|niedostarczon|olevererat|message blocked|address not found|user unknown|rejected your message`)
)

// reportOf reads a report of delivery; the zero report where the mail is none.
func reportOf(root *enmime.Part, e *enmime.Envelope, l letter) report {
	machine := strings.HasPrefix(l.from, "mailer-daemon@") || strings.HasPrefix(l.from, "postmaster@") || strings.HasPrefix(l.from, "microsoftexchange") ||
		strings.TrimSpace(e.GetHeader("Return-Path")) == "<>" || e.GetHeader("X-Failed-Recipients") != ""
	if root.ContentType != "multipart/report" && !machine {
		return report{}
	}
	var all, status strings.Builder
	root.DepthMatchAll(func(p *enmime.Part) bool {
		if p.FirstChild == nil {
			all.Write(p.Content[:min(len(p.Content), 256<<10)])
			all.WriteByte('\n')
		}
		if strings.HasSuffix(p.ContentType, "/delivery-status") || strings.HasSuffix(p.ContentType, "/global-delivery-status") {
			status.Write(p.Content[:min(len(p.Content), 64<<10)])
			status.WriteByte('\n')
		}
		return false
	})
	var r report
	for _, m := range markerIn.FindAllString(strings.ToLower(all.String()), 100) {
		if m = strings.TrimSuffix(m, "@"); !slices.Contains(r.markers, m) {
			r.markers = append(r.markers, m)
		}
	}
	said := status.String()
	for _, m := range finalIn.FindAllStringSubmatch(said, 100) {
		r.recipients = append(r.recipients, strings.ToLower(m[1]))
	}
	for _, a := range strings.Split(e.GetHeader("X-Failed-Recipients"), ",") {
		if a = strings.ToLower(strings.TrimSpace(a)); a != "" {
			r.recipients = append(r.recipients, a)
		}
	}
	head := l.subject + "\n" + clipped(l.text, 4000)
	switch actions := actionIn.FindAllStringSubmatch(said, 100); {
	case len(actions) > 0:
		r.failed = slices.ContainsFunc(actions, func(a []string) bool { return strings.EqualFold(a[1], "failed") })
	default:
		r.failed = bouncedIn.MatchString(head) && !laterIn.MatchString(head)
	}
	if len(r.recipients) == 0 {
		for _, a := range bareAddress.FindAllString(strings.ToLower(clipped(l.text, 4000)), 20) {
			r.recipients = append(r.recipients, strings.Trim(a, ".'"))
		}
	}
	if m := statusIn.FindStringSubmatch(said); m != nil {
		r.why = bots.Plain(storable(strings.Join(strings.Fields(m[1]), " ")), 200)
	} else if m := codeIn.FindString(l.text); m != "" {
		r.why = bots.Plain(m, 200)
	}
	return r
}

// undelivered says in words what became of a reply.
func (r report) undelivered(recipient string) string {
	say := "The reply was not delivered"
	if recipient != "" {
		say += " to " + recipient
	}
	if r.why != "" {
		say += ": " + r.why
	}
	return strings.TrimRight(say, ".") + "."
}
