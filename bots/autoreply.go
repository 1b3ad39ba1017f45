package bots

import (
	"net/textproto"
	"regexp"
	"strings"
)

// AutoReply tells whether nobody wrote a message: out-of-office notes, delivery
// reports, newsletters, other ticket systems (RFC 3834). Headers decide where
// there are any, then the subject, then the text's first words, but only of a
// short text that asks nothing. Any of the three may be empty.
func AutoReply(h textproto.MIMEHeader, subject, text string) bool {
	if autoHeader(h) || autoSubject.MatchString(strings.TrimSpace(subject)) {
		return true
	}
	text = strings.TrimSpace(text)
	return len(text) < 1200 && !strings.ContainsAny(text, "?？¿") && autoText.MatchString(text)
}

func autoHeader(h textproto.MIMEHeader) bool {
	if v := strings.ToLower(strings.TrimSpace(h.Get("Auto-Submitted"))); v != "" && v != "no" {
		return true
	}
	for _, name := range []string{"X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply-From", "X-Mail-Autoreply",
		"Feedback-Id", "List-Unsubscribe", "X-Failed-Recipients", "X-Loop"} {
		if v := strings.ToLower(strings.TrimSpace(h.Get(name))); v != "" && v != "no" && v != "false" {
			return true
		}
	}
	switch strings.ToLower(strings.TrimSpace(h.Get("Precedence"))) {
	case "bulk", "junk", "auto_reply", "list":
		return true
	}
	// Exchange: what it suppresses answers to is a person's mail unless it says All or OOF of its own.
	if v := strings.ToLower(h.Get("X-Auto-Response-Suppress")); v == "all" && h.Get("In-Reply-To") != "" && strings.Contains(strings.ToLower(h.Get("Subject")), "automatic") {
		return true
	}
	if strings.TrimSpace(h.Get("Return-Path")) == "<>" {
		return true
	}
	from := strings.ToLower(h.Get("From"))
	return strings.Contains(from, "mailer-daemon@") || strings.Contains(from, "postmaster@")
}

var (
	autoSubject = regexp.MustCompile(`(?i)^(?:(?:re|aw|antw|fwd?)\s*:\s*)*(?:\[?auto(?:matic|matische|mated)?[ -]?(?:reply|response|antwort|svar)\b|auto\s*:|autoreply|automatische (?:antwort|reactie)|` +
		`out of (?:the )?office\b|ooo\s*:|i am out of office|abwesen(?:heits|d)|abwesenheitsnotiz|réponse automatique|absence du bureau|respuesta automática|fuera de la oficina|resposta automática|risposta automatica|` +
		`undeliver(?:able|ed)|delivery (?:status notification|failure|has failed)|mail delivery (?:failed|failure|subsystem)|returned mail|failure notice|unzustellbar|não entregue|no se puede entregar)`)
	autoText = regexp.MustCompile(`(?i)^(?:(?:hi|hello|dear|hallo|guten tag|bonjour|hola)[^\n]{0,60}\n\s*)?(?:thank(?:s| you) for (?:your|the) (?:e-?mail|message|mail)\s*[.!,]?\s*)?` +
		`(?:i(?:'m| am) (?:currently )?(?:out of (?:the )?office|on (?:annual |parental |sick )?leave|on (?:vacation|holiday))|i will be out of (?:the )?office|this is an automat(?:ed|ic) (?:reply|response|message)|` +
		`ich bin (?:derzeit |zurzeit |momentan |bis [^\n]{1,40} )?(?:nicht im (?:büro|haus)|im urlaub|abwesend|außer haus)|dies ist eine automatische|je suis (?:actuellement )?(?:absente?|en congés?)|` +
		`(?:actualmente )?(?:estoy|estaré) fuera de la oficina)`)
)
