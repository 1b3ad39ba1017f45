package guard

import (
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// checkLanguage wants the reply in the ticket's language. A sentence that is
// its source word for word may be in the source's language: an agent must look.
func checkLanguage(in *checked) []pipeline.Finding {
	want := text.BaseLanguage(in.Locale)
	if want == "" {
		return nil
	}
	var own, quoted strings.Builder
	for i, s := range in.Draft.Sentences {
		switch {
		case s.Plain && text.OurPhrase(s.Text, func(string) bool { return true }): // by the locale
		case s.Plain && len(s.Text) < 200 && strings.Contains(s.Text, "://"): // a link line carries a title
		case !s.Plain && len(in.proofs[i]) == 1 && strings.Contains(in.proofs[i][0].plain, text.Plain(s.Text)):
			quoted.WriteString(s.Text + "\n")
		default:
			own.WriteString(s.Text + "\n")
		}
	}
	if got := text.Detect(own.String()); got != "" && got != want {
		return one("language", pipeline.Block, "The reply is in another language ("+got+") than the ticket ("+want+").")
	}
	if got := text.Detect(quoted.String()); got != "" && got != want {
		return one("language", pipeline.Warn, "The quoted source is in another language ("+got+") than the ticket ("+want+").")
	}
	return nil
}
