package text

import "strings"

// Language returns the two-letter language whose rules analyse a text: the locale's
// (BCP 47) when it is one we stem, else what Detect says. A text that shows its
// language too little is analysed as the one that most speaks for, in the end as
// English; that is a choice of stems, and no claim: ask Detect what people speak.
// Chinese, Japanese and Korean need no language: their characters become bigrams in
// any text.
func Language(locale, text string) string {
	if l := BaseLanguage(locale); stemmed(l) {
		return l
	}
	lang, sure := lead(text)
	if sure || stemmed(lang) {
		return lang
	}
	return "en"
}

func stemmed(lang string) bool {
	_, ok := tongues[lang]
	return ok || lang == "zh" || lang == "ja" || lang == "ko"
}

// BaseLanguage returns the language of a locale: "de" of "de-AT" and "DE_at".
func BaseLanguage(locale string) string {
	l, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(locale)), "-")
	l, _, _ = strings.Cut(l, "_")
	switch l {
	case "nb", "nn":
		return "no"
	}
	return l
}
