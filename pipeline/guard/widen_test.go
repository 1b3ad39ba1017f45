package guard

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// whole writes a widened quote as the agent reads it.
func whole(text, quote string) string {
	i := strings.Index(text, quote)
	w := Widen(text, Span{i, i + len(quote)})
	out := ""
	for _, a := range w.Above {
		out += text[a.Start:a.End] + " | "
	}
	return out + text[w.Start:w.End]
}

// TestWiden: each row has a passage, what was cut out of it, and the whole.
func TestWiden(t *testing.T) {
	const list = "# Passwords\n\nKeep your account safe. Do not:\n\n- share your password\n- write it on paper, e.g. on\n  a note. It gets lost.\n  - nor on a whiteboard\n\nAsk us if you are unsure."
	const table = "Prices:\n\n| Plan | Price | Phone |\n| --- | ---: | --- |\n| Solo | 9 € | no |\n| Team | 29 € | yes |\n\nAll prices are net."
	const steps = "To export:\n\n1. Open **Settings**. Choose Data.\n2. Press Export.\n\nNote: this takes a while.\n\n3. Open the e-mail."
	const wrap = "You must never, under any circumstances,\nsend your password to anybody who\nPretends to be support. Call us\nfirst.\nOpening hours:\nMonday 9 to 5\nTuesday 9 to 5"
	for _, row := range []struct{ text, quote, want string }{
		{"Never send your password to support by email. Call us.", "send your password to support", "Never send your password to support by email."},
		{"Annual plans can be refunded if unused. Monthly ones are not.", "Annual plans can be refunded", "Annual plans can be refunded if unused."},
		{"One. Two is here. Three is there. Four.", "is here. Three", "Two is here. Three is there."},
		{"Send it to Dr. Smith, e.g. by mail. Never by fax.", "by mail", "Send it to Dr. Smith, e.g. by mail."},
		{"Rates fall by 1.5 % or 3.10 points. Not today.", "1.5 %", "Rates fall by 1.5 % or 3.10 points."},
		{"See https://help.example.com/a.b?c=d. Never reply.", "help.example.com", "See https://help.example.com/a.b?c=d."},
		{"Wait … and then do not press it. Done.", "press it", "Wait … and then do not press it."},
		{"“Do not open it!” it says. Then close.", "open it", "“Do not open it!” it says."},
		{"Das geht z. B. nicht am 3. Mai. Rufen Sie an.", "geht", "Das geht z. B. nicht am 3. Mai."},
		{list, "share your password", "Do not: | share your password"},
		{list, "on paper", "Do not: | write it on paper, e.g. on\n  a note."},
		{list, "whiteboard", "Do not: | It gets lost. | nor on a whiteboard"},
		{list, "unsure", "Ask us if you are unsure."},
		{list, "password\n- write", "Do not: | share your password\n- write it on paper, e.g. on\n  a note."},
		{table, "29 €", "| Plan | Price | Phone | | | Team | 29 € | yes |"},
		{table, "Phone", "| Plan | Price | Phone |"},
		{table, "are net", "All prices are net."},
		{steps, "Press Export", "To export: | 2. Press Export."},
		{steps, "Open the", "To export: | 3. Open the e-mail."},
		{steps, "Settings", "To export: | 1. Open **Settings**."},
		{wrap, "send your password", "You must never, under any circumstances,\nsend your password to anybody who\nPretends to be support."},
		{wrap, "Call us", "Call us\nfirst."},
		{wrap, "Monday", "Monday 9 to 5"},
		{"## Never\nSend us a mail.", "Send", "Send us a mail."},
		{"你不能删除工作区。请联系我们。", "删除", "你不能删除工作区。"},
		{"| a | b |\n| c | d |", "c", "| c | d |"},
		{"```\nrm -rf\nls\n```\nDo not run it.", "rm", "rm -rf"},
		{"You may not\n\n- copy it\n- sell it", "copy it", "You may not | copy it"},
		{"That is all.\n\n- copy it\n- sell it", "copy it", "copy it"},
	} {
		if got := whole(row.text, row.quote); got != row.want {
			t.Errorf("%q in %q\ngot  %q\nwant %q", row.quote, row.text, got, row.want)
		}
	}
}

// FuzzWiden: whatever the passage, the whole holds the quote, ends where
// statements end, and is whole itself; statements are in order.
func FuzzWiden(f *testing.F) {
	for _, s := range []string{"Never do it. Ask.", "Do not:\n- a b\n  c\n  - d\n1. x", "| a | b |\n|---|---|\n| c | d |", "```\nx\n", "a\r\n\r\n> b\n\tc", "é.\u2028Ä ß", "x\xff. Y"} {
		f.Add(s, 2, 5)
	}
	f.Fuzz(func(t *testing.T, text string, start, end int) {
		us := statements(text)
		for i, u := range us {
			if u.Start >= u.End || u.End > len(text) || i > 0 && u.Start < us[i-1].End {
				t.Fatalf("statement %d %+v of %q", i, u, text)
			}
			if utf8.ValidString(text) && !utf8.ValidString(text[u.Start:u.End]) {
				t.Fatalf("%q is cut within a character", text[u.Start:u.End])
			}
		}
		w := Widen(text, Span{start, end})
		start = min(max(start, 0), len(text))
		end = min(max(end, start), len(text))
		if w.Start > start || w.End < end {
			t.Fatalf("%+v does not hold [%d, %d) of %q", w, start, end, text)
		}
		for _, u := range us {
			if u.Start < w.End && u.End > w.Start && (u.Start < w.Start || u.End > w.End) {
				t.Fatalf("%+v ends within %+v of %q", w, u, text)
			}
		}
		again := Widen(text, w.Span)
		if again.Span != w.Span || len(again.Above) != len(w.Above) {
			t.Fatalf("%+v widens to %+v in %q", w, again, text)
		}
		for _, a := range w.Above {
			if a.Start < 0 || a.Start >= a.End || a.End > len(text) {
				t.Fatalf("above %+v of %q", a, text)
			}
		}
	})
}

// TestWidenHostile: widening takes time in proportion to the passage, whatever
// stands in it; a test that stops here shows where it does not.
func TestWidenHostile(t *testing.T) {
	nested := ""
	for i := range 600 {
		nested += strings.Repeat(" ", i) + "- a\n"
	}
	texts := []string{nested}
	for _, piece := range []string{"- ", "- a\n", "|", "| a\n", ".", "a. ", "...", "\n", "a\n", "```\n", "1. a\n", "A: ", "x ", "\u00a0", "“", "*", " -:", "|-"} {
		texts = append(texts, strings.Repeat(piece, 200_000/len(piece)))
	}
	for _, text := range texts {
		w := Widen(text, Span{0, len(text)})
		if w.Start != 0 || w.End != len(text) {
			t.Errorf("%q…: %v", text[:4], w.Span)
		}
		if w = Widen(text, Span{len(text) / 2, len(text)/2 + 1}); len(w.Above) > maxDepth+1 {
			t.Errorf("%q…: %d lines above", text[:4], len(w.Above))
		}
	}
}
