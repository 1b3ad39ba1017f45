package bots

import (
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// attribute is what an element's attributes mean for its text.
type attribute struct {
	href, alt string
	start     int  // of an ordered list, less one
	hidden    bool // a reader does not see it
	tiny      bool // an image of at most 2 × 2 dots, which only counts who looks
	quoted    bool // older mail
	rest      bool // older mail begins here and goes on to the end
	signature bool
}

// Marks that mail programs set on what they quote and on signatures.
var (
	quoteClasses = set("gmail_quote gmail_quote_container gmail_extra yahoo_quoted protonmail_quote moz-cite-prefix moz-forward-container zmail_extra front-blockquote tutanota_quote ms-outlook-quoted-reply missive_quote mail-quote-collapse hubspot-quote replymessage mcntquote yandex-quote")
	quoteIDs     = set("isreplycontent isforwardcontent mail-editor-reference-message-container orgtext xquote")
	quoteNames   = set("quote messagereplysection")                                     // GMX and WEB.DE, Spark
	quoteMarks   = set("__quoted_text__ __headers__")                                   // Zimbra
	restIDs      = set("divrplyfwdmsg appendonsend replyforwarddiv stopspelling zwchr") // Outlook on the web, Hotmail, Zimbra
	signClasses  = set("gmail_signature moz-signature protonmail_signature_block protonmail_signature_block-user js-signature zd-signature")
	signIDs      = set("signature mail_signature applemailsignature ms-outlook-mobile-signature")
)

func attributes(list []html.Attribute) attribute {
	var a attribute
	width, height := -1, -1
	for i, at := range list {
		if i == 64 { // nobody writes more; somebody may
			break
		}
		v := strings.TrimSpace(at.Val)
		switch at.Key {
		case "href":
			a.href = address(v)
		case "alt":
			a.alt = v
		case "hidden":
			a.hidden = true
		case "start":
			if n, err := strconv.Atoi(v); err == nil && n > -1e6 && n < 1e6 {
				a.start = n - 1
			}
		case "width":
			width = dots(v)
		case "height":
			height = dots(v)
		case "class":
			for _, c := range strings.Fields(strings.ToLower(v)) {
				c = strings.TrimPrefix(c, "x_") // Outlook, of what it quotes
				a.quoted = a.quoted || quoteClasses[c]
				a.signature = a.signature || signClasses[c]
			}
		case "name":
			a.quoted = a.quoted || quoteNames[strings.ToLower(v)]
		case "data-marker":
			a.quoted = a.quoted || quoteMarks[strings.ToLower(v)]
		case "id":
			id := strings.TrimPrefix(strings.ToLower(v), "x_")
			a.quoted = a.quoted || quoteIDs[id]
			a.rest = a.rest || restIDs[id]
			a.signature = a.signature || signIDs[strings.ToLower(v)]
		case "style":
			a.style(v, &width, &height)
		}
	}
	a.tiny = width >= 0 && width <= 2 || height >= 0 && height <= 2
	return a
}

func (a *attribute) style(v string, width, height *int) {
	if len(v) > 4096 {
		v = v[:4096]
	}
	for part := range strings.SplitSeq(strings.ToLower(v), ";") {
		key, val, _ := strings.Cut(part, ":")
		key, val = strings.TrimSpace(key), strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(val), "!important"))
		switch {
		case key == "display" && val == "none", key == "visibility" && val == "hidden", key == "mso-hide" && val == "all",
			key == "opacity" && (val == "0" || val == "0.0"), key == "font-size" && (val == "0" || val == "0px" || val == "0pt"),
			key == "max-height" && (val == "0" || val == "0px"):
			a.hidden = true
		case key == "border-left" && strings.Contains(val, "solid") && !strings.HasPrefix(val, "0"):
			a.quoted = true // the bar that mail programs draw beside older mail
		case key == "width":
			*width = dots(val)
		case key == "height":
			*height = dots(val)
		}
	}
}

// dots reads "1", "1px" as 1; -1 for what is no such length.
func dots(s string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(s, "px"))
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// address returns a link's address if a person may be shown it, else "".
func address(s string) string {
	if len(s) > 2048 {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" {
			return ""
		}
	case "mailto", "tel":
	default:
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f || r == '<' || r == '>' || r == '"' {
			return -1
		}
		return r
	}, s)
}
