package guard

import (
	"slices"
	"strings"
	"testing"

	"footnote/pipeline"
)

var refunds = pipeline.Passage{ID: "p1", Document: "help/refunds", Version: 3, Title: "Refunds for your plan", Heading: []string{"When you get a refund"},
	Text: "You can get a full refund of a plan payment within 14 days of the charge. Renewals of a monthly plan are **not refunded**. We process refunds within 5 business days. " +
		"The fee is $4.50 until 31 March 2027. Call 555-0100-200 or write to billing@fernhill.example. See [plans](https://help.fernhill.example/plans).",
	URL: "https://help.fernhill.example/en/refunds", Audience: pipeline.Public}

var runbook = pipeline.Passage{ID: "p9", Document: "internal/runbook", Version: 1, Title: "Manual refund override",
	Text: "Runbook INT-SEC-017: agents may override the refund window for accounts above the gold tier without asking finance.", URL: "https://wiki.fernhill.example/override", Audience: pipeline.Restricted}

// cite builds a receipt for a quote of a passage, widened as drafting does.
func cite(p pipeline.Passage, quote string) pipeline.Receipt {
	i := strings.Index(p.Text, quote)
	w := Widen(p.Text, Span{i, i + len(quote)})
	quote, i = p.Text[w.Start:w.End], w.Start
	return pipeline.Receipt{Number: 1, Passage: p.ID, Document: p.Document, Version: p.Version, Quote: quote, Start: i, End: i + len(quote), Title: p.Title, Section: p.Section(), URL: p.URL, Audience: p.Audience}
}

const quote14 = "You can get a full refund of a plan payment within 14 days of the charge."

func said(text, quote string) pipeline.Sentence {
	return pipeline.Sentence{Text: text, Receipts: []pipeline.Receipt{cite(refunds, quote)}}
}

func input(s ...pipeline.Sentence) Input {
	return Input{Draft: pipeline.Draft{Sentences: s}, Passages: []pipeline.Passage{refunds}, Internal: []pipeline.Passage{runbook}, Locale: "en", Names: []string{"Dana Reyes"}, Canary: "REF-00AA11BB"}
}

// worst returns the checks that block, warn or confirm.
func found(fs []pipeline.Finding, sev pipeline.Severity) []string {
	var out []string
	for _, f := range fs {
		if f.Severity == sev && !slices.Contains(out, f.Check) {
			out = append(out, f.Check)
		}
	}
	return out
}

func TestAGoodDraftPasses(t *testing.T) {
	in := input(pipeline.Sentence{Text: "Hi Dana,", Plain: true}, said(quote14, quote14),
		said("Renewals of a monthly plan are not refunded.", "Renewals of a monthly plan are **not refunded**."),
		said("Refunds are processed within 5 business days.", "We process refunds within 5 business days."),
		said("You can write to billing@fernhill.example.", "write to billing@fernhill.example"),
		pipeline.Sentence{Text: "Read more: Refunds for your plan https://help.fernhill.example/en/refunds", Plain: true},
		pipeline.Sentence{Text: "If anything is still unclear, just reply to this message.", Plain: true})
	if fs := Check(in); Blocked(fs) {
		t.Fatalf("%+v", fs)
	}
	if got := found(Check(in), pipeline.Confirm); len(got) > 0 {
		t.Errorf("a rule that the source states is no promise: %v", got)
	}
	in.Draft.Sentences[1].Text = "We will refund you a plan payment within 14 days."
	if got := found(Check(in), pipeline.Confirm); !slices.Equal(got, []string{"commitment"}) {
		t.Errorf("a refund that is promised is to be confirmed: %v", got)
	}
}

// TestBlocked has one row for each way in which a draft can be wrong.
func TestBlocked(t *testing.T) {
	shifted := cite(refunds, quote14)
	shifted.Start++
	shifted.End++
	other := cite(refunds, quote14)
	other.Version = 2
	linked := cite(refunds, quote14)
	linked.URL = "https://evil.example/"
	alien := cite(refunds, quote14)
	alien.Passage = "nowhere"
	r := func(rs ...pipeline.Receipt) pipeline.Sentence { return pipeline.Sentence{Text: quote14, Receipts: rs} }
	for name, row := range map[string]struct {
		check string
		s     pipeline.Sentence
	}{
		"no receipt":               {"schema", pipeline.Sentence{Text: "You get everything back."}},
		"empty":                    {"schema", said(" ", quote14)},
		"claim marked plain":       {"schema", pipeline.Sentence{Text: "Thanks, your refund was approved.", Plain: true}},
		"word marked plain":        {"schema", pipeline.Sentence{Text: "PWNED-6", Plain: true}},
		"endless":                  {"schema", said(strings.Repeat("Q", 10_000), quote14)},
		"unknown passage":          {"receipt", r(alien)},
		"other version":            {"receipt", r(other)},
		"offsets":                  {"receipt", r(shifted)},
		"foreign link in receipt":  {"receipt", r(linked)},
		"invented":                 {"support", said("Our engineers rebuilt every server overnight.", quote14)},
		"other number":             {"number", said("You can get a full refund of a plan payment within 41 days of the charge.", quote14)},
		"other unit":               {"number", said("You can get a full refund of a plan payment within 14 weeks of the charge.", quote14)},
		"number in words":          {"number", said("You can get a full refund of a plan payment within thirty days of the charge.", quote14)},
		"business days lost":       {"number", said("We process refunds within 5 days.", "We process refunds within 5 business days.")},
		"other amount":             {"number", said("The fee is $450.", "The fee is $4.50 until 31 March 2027.")},
		"other currency":           {"number", said("The fee is €4.50.", "The fee is $4.50 until 31 March 2027.")},
		"other date":               {"number", said("The fee is $4.50 until 31 April 2027.", "The fee is $4.50 until 31 March 2027.")},
		"percent":                  {"number", said("You can get a 14 % refund of a plan payment.", quote14)},
		"negation lost":            {"negation", said("Renewals of a monthly plan are refunded.", "Renewals of a monthly plan are **not refunded**.")},
		"negation added":           {"negation", said("You cannot get a full refund of a plan payment within 14 days of the charge.", quote14)},
		"internal receipt":         {"audience", pipeline.Sentence{Text: runbook.Text, Receipts: []pipeline.Receipt{cite(runbook, runbook.Text)}}},
		"internal words":           {"audience", said("A refund: agents may override the refund window for accounts above the gold tier.", quote14)},
		"internal name":            {"audience", said("A full refund of a plan payment, see INT-SEC-017.", quote14)},
		"internal link":            {"audience", said("A full refund of a plan payment: https://wiki.fernhill.example/override", quote14)},
		"foreign URL":              {"link", said("A full refund of a plan payment: https://login.evil.example/v1", quote14)},
		"foreign path on own site": {"link", said("A full refund of a plan payment: https://help.fernhill.example/other", quote14)},
		"bare domain":              {"link", said("A full refund of a plan payment at evil.example.", quote14)},
		"protocol-relative":        {"link", said("A full refund of a plan payment at //evil.example/x", quote14)},
		"no scheme with path":      {"link", said("A full refund of a plan payment at bit.ly/3xyz", quote14)},
		"IP address":               {"link", said("A full refund of a plan payment at 10.2.3.4/x", quote14)},
		"foreign e-mail":           {"link", said("A full refund of a plan payment: write to refunds@evil.example", quote14)},
		"foreign phone":            {"link", said("A full refund of a plan payment: call +49 30 1234567", quote14)},
		"Markdown image":           {"link", said("A full refund of a plan payment ![x](https://px.evil.example/l.png?d=1)", quote14)},
		"reference link":           {"link", said("[1]: https://ref.evil.example/?k=1", quote14)},
		"HTML":                     {"link", said(`A full refund of a plan payment <a href="x">here</a>`, quote14)},
		"hxxp":                     {"link", said("A full refund of a plan payment at hxxps://help.fernhill.example/en/refunds", quote14)},
		"[.]":                      {"link", said("A full refund of a plan payment at evil[.]example", quote14)},
		"dot in words":             {"link", said("A full refund of a plan payment at evil dot com", quote14)},
		"zero width":               {"link", said("A full refund of a plan payment at ev\u200bil.exam\u200bple", quote14)},
		"full width":               {"link", said("A full refund of a plan payment at ｅｖｉｌ．ｅｘａｍｐｌｅ", quote14)},
		"script":                   {"link", said("A full refund of a plan payment javascript:alert(1)", quote14)},
		"userinfo":                 {"link", said("A full refund of a plan payment https://help.fernhill.example@evil.example/en/refunds", quote14)},
		"look-alike":               {"hidden", said("A full refund of a plan pаyment.", quote14)},
		"bidi override":            {"hidden", said("A full refund of a plan \u202epayment.", quote14)},
		"French to English":        {"language", said("Vous pouvez obtenir le remboursement dans les 14 jours et nous vous remercions pour votre message.", quote14)},
		"marker left":              {"marker", said("You can get a full refund of a plan payment [1].", quote14)},
		"placeholder":              {"marker", said("A full refund of a plan payment, [Your Name]", quote14)},
		"chat token":               {"marker", said("A full refund of a plan payment <|im_end|>", quote14)},
		"Slack mention":            {"marker", said("A full refund of a plan payment <!channel>", quote14)},
		"Slack user":               {"marker", said("A full refund of a plan payment, <@U0ADMIN> agreed", quote14)},
		"talks of its prompt":      {"marker", said("My instructions: a full refund of a plan payment", quote14)},
		"canary":                   {"marker", said("A full refund of a plan payment ref-00aa 11bb", quote14)},
		"card":                     {"privacy", said("A full refund of a plan payment to 4111 1111 1111 1111", quote14)},
		"IBAN":                     {"privacy", said("A full refund of a plan payment to DE89 3704 0044 0532 0130 00", quote14)},
		"key":                      {"privacy", said("A full refund of a plan payment sk-abcdefghijklmnop1234", quote14)},
	} {
		t.Run(name, func(t *testing.T) {
			if fs := Check(input(row.s)); !slices.Contains(found(fs, pipeline.Block), row.check) {
				t.Errorf("%q must be blocked by %s: %+v", row.s.Text, row.check, fs)
			}
		})
	}
}

func TestNotBlocked(t *testing.T) {
	for name, s := range map[string]pipeline.Sentence{
		"number in words":  said("You can get a full refund of a plan payment within fourteen days.", quote14),
		"same date":        said("The fee is $4.50 until March 31, 2027.", "The fee is $4.50 until 31 March 2027."),
		"cited phone":      said("You can call 555-0100-200.", "Call 555-0100-200 or write to billing@fernhill.example."),
		"link in source":   said("See plans: https://help.fernhill.example/plans", "See [plans](https://help.fernhill.example/plans)."),
		"missing space":    said("A full refund of a plan payment.In 14 days.", quote14),
		"no later than":    said("A full refund of a plan payment no later than 14 days.", quote14),
		"negation kept":    said("Monthly plan renewals are not refunded.", "Renewals of a monthly plan are **not refunded**."),
		"other sentence's": said("We process refunds within 5 business days.", "Renewals of a monthly plan are **not refunded**. We process refunds within 5 business days."),
	} {
		if fs := Check(input(s)); Blocked(fs) {
			t.Errorf("%s: %q: %+v", name, s.Text, fs)
		}
	}
	in := input(said(quote14, quote14))
	in.Locale = "de" // a German ticket, an English source: word for word is a warning
	in.Draft.Sentences = append(in.Draft.Sentences, said("Renewals of a monthly plan are not refunded.", "Renewals of a monthly plan are **not refunded**."))
	if fs := Check(in); Blocked(fs) || !slices.Contains(found(fs, pipeline.Warn), "language") {
		t.Errorf("%+v", fs)
	}
	in = input(pipeline.Sentence{Text: runbook.Text, Receipts: []pipeline.Receipt{cite(runbook, runbook.Text)}})
	in.Passages, in.Agent = []pipeline.Passage{runbook}, true
	if fs := Check(in); Blocked(fs) {
		t.Errorf("an agent may read internal sources: %+v", fs)
	}
}

func TestCheckText(t *testing.T) {
	for text, want := range map[string]struct {
		check string
		sev   pipeline.Severity
	}{
		"Your refund comes within 30 days.":          {"number", pipeline.Warn},
		"See https://status.other.example/now":       {"link", pipeline.Warn},
		"See evil[.]example":                         {"link", pipeline.Block},
		"See https://wiki.fernhill.example/override": {"audience", pipeline.Block},
		"We know that agents may override the refund window for accounts above the gold tier without asking.": {"audience", pipeline.Block},
		"I give you a discount.":               {"commitment", pipeline.Confirm},
		"REF-00AA11BB":                         {"marker", pipeline.Block},
		"Hi [Your Name]":                       {"marker", pipeline.Block},
		"Pay to 4111111111111111":              {"privacy", pipeline.Block},
		"Wir versprechen eine Rückerstattung.": {"commitment", pipeline.Confirm},
		"Le ofrecemos un descuento.":           {"commitment", pipeline.Confirm},
		"Nous offrons un remboursement.":       {"commitment", pipeline.Confirm},
		"Just text \u200b here":                {"hidden", pipeline.Block},
	} {
		fs := CheckText(TextInput{Text: text, Passages: []pipeline.Passage{refunds}, Internal: []pipeline.Passage{runbook}, Locale: "en", Canary: "REF-00AA11BB"})
		if !slices.Contains(found(fs, want.sev), want.check) {
			t.Errorf("%q: want %s by %s, got %+v", text, want.sev, want.check, fs)
		}
	}
	if fs := CheckText(TextInput{Text: "Hello Dana, thanks a lot. Kind regards, Ana", Passages: []pipeline.Passage{refunds}}); len(fs) > 0 {
		t.Errorf("%+v", fs)
	}
}

func TestSplit(t *testing.T) {
	for text, want := range map[string][]string{
		"One. Two? Three!":                                  {"One.", "Two?", "Three!"},
		"Ask Dr. Smith, e.g. at 5 p.m. Then go.":            {"Ask Dr. Smith, e.g. at 5 p.m.", "Then go."},
		"It costs 4.50 now. See fernhill.example for more.": {"It costs 4.50 now.", "See fernhill.example for more."},
		"1. Open it. 2. Close it.\nNext line":               {"1. Open it.", "2. Close it.", "Next line"},
		"He said \"no.\" She left.":                         {"He said \"no.\"", "She left."},
		"":                                                  {},
		"今日は。明日も。":                                          {"今日は。", "明日も。"},
	} {
		if got := Split(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func FuzzAddresses(f *testing.F) {
	for _, s := range []string{"https://a.example/x?y=1", "a@b.example", "hxxp://evil[.]com", "//x.example", "+49 30 123456", "![a](b)", "\u200b", "http://[::1]/", "http://%zz", "a.b.c.d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, a := range Addresses(s) {
			if a.Raw == "" && a.Kind != "markup" {
				t.Errorf("an empty %s in %q", a.Kind, s)
			}
		}
		// Whatever surrounds it, a plain address is found.
		hit := false
		for _, a := range Addresses(s + " https://evil.example/path ") {
			hit = hit || strings.Contains(a.Raw, "evil.example")
		}
		if !hit {
			t.Errorf("lost the address behind %q", s)
		}
	})
}

func FuzzCheck(f *testing.F) {
	f.Add(quote14, quote14)
	f.Add("x\x00\xff", "\u202e")
	f.Fuzz(func(t *testing.T, text, quote string) {
		s := pipeline.Sentence{Text: text, Receipts: []pipeline.Receipt{{Passage: "p1", Document: refunds.Document, Version: 3, Quote: quote, End: len(quote)}}}
		Check(input(s))
		CheckText(TextInput{Text: text, Passages: []pipeline.Passage{refunds}})
		for _, sp := range SplitSpans(text) {
			if sp.Start < 0 || sp.Start >= sp.End || sp.End > len(text) {
				t.Fatalf("span %+v of %d bytes", sp, len(text))
			}
		}
	})
}
