package guard

import (
	"slices"
	"strings"
	"testing"

	"footnote/pipeline"
)

var exports = pipeline.Passage{ID: "p2", Document: "help/exports", Version: 1, Title: "Exports", Text: "You can export a board as CSV from its menu.\n\nAn export holds:\n\n- all open cards\n- comments of the last 30 days\n\n" +
	"| Plan | Exports a day |\n| --- | --- |\n| Free | 2 |\n| Team | 50 |", URL: "https://help.fernhill.example/en/exports", Audience: pipeline.Public}

// editOf checks a person's text against a draft of two cited sentences.
func editOf(said string, more ...pipeline.Passage) pipeline.Edited {
	d := pipeline.Draft{Locale: "en", Sentences: []pipeline.Sentence{{Text: "Hi Dana,", Plain: true}, said14(), {Text: "Renewals of a monthly plan are not refunded.", Receipts: []pipeline.Receipt{cite(refunds, "Renewals of a monthly plan are **not refunded**.")}}}}
	return CheckEdit(EditInput{TextInput: TextInput{Text: said, Passages: append([]pipeline.Passage{refunds}, more...), Internal: []pipeline.Passage{runbook}, Locale: "en"}, Draft: d, Names: []string{"Dana Reyes", "Ana"}})
}

func said14() pipeline.Sentence {
	s := said(quote14, quote14)
	s.Break = true
	return s
}

func statesOf(e pipeline.Edited) (out []string) {
	for _, s := range e.Sentences {
		out = append(out, string(s.State))
	}
	return out
}

// TestEditKeepsReceipts: one row for each thing a person does to a sentence.
func TestEditKeepsReceipts(t *testing.T) {
	const renewals = "Renewals of a monthly plan are not refunded."
	for name, row := range map[string]struct {
		text string
		more []pipeline.Passage
		want string
		say  string // in a finding
	}{
		"nothing":              {"Hi Dana,\n\n" + quote14 + " " + renewals, nil, "kept kept kept", ""},
		"turned round":         {"Hi Dana,\n\n" + renewals + " " + quote14, nil, "kept kept kept", ""},
		"wrapped by a form":    {"Hi Dana,\n\n" + strings.Replace(quote14, "full refund", "full  refund", 1), nil, "kept kept", ""},
		"another greeting":     {"Hello Dana, thanks for your message.\n\n" + quote14, nil, "plain kept", ""},
		"shorter":              {"You can get a refund of a plan payment within 14 days of the charge.", nil, "proven", ""},
		"another number":       {strings.Replace(quote14, "14", "90", 1), nil, "unproven", "90"},
		"another unit":         {strings.Replace(quote14, "14 days", "14 weeks", 1), nil, "unproven", "Changed"},
		"the other way":        {"Renewals of a monthly plan are refunded.", nil, "unproven", "Changed"},
		"a rider":              {strings.Replace(quote14, "full refund", "full refund with interest", 1), nil, "unproven", "Changed"},
		"new, in a source":     {quote14 + " We process refunds within 5 business days.", nil, "kept proven", ""},
		"new, in no source":    {quote14 + " Our office is open on Sundays.", nil, "kept unproven", "Our office is open on Sundays”"},
		"new, internal source": {quote14 + " Agents may override the refund window for accounts above the gold tier.", []pipeline.Passage{runbook}, "kept unproven", "override the refund window"},
		"put in":               {quote14 + "\n\nYou can export a board as CSV from its menu.", []pipeline.Passage{exports}, "kept proven", ""},
		"put in and falsified": {"You can export a board as PDF from its menu.", []pipeline.Passage{exports}, "unproven", "PDF"},
		"a row":                {"The Team plan has 50 exports a day.", []pipeline.Passage{exports}, "proven", ""},
		"the wrong row":        {"The Free plan has 50 exports a day.", []pipeline.Passage{exports}, "unproven", "Free"},
		"an item":              {"An export holds comments of the last 30 days.", []pipeline.Passage{exports}, "proven", ""},
		"a question back":      {"Which plan are you on? " + quote14, nil, "plain kept", ""},
		"nothing of the draft": {"We will call you tomorrow.", nil, "unproven", "We will call you tomorrow"},
		"signed":               {quote14 + "\n\nKind regards, Ana", nil, "kept plain", ""},
	} {
		e := editOf(row.text, row.more...)
		if got := strings.Join(statesOf(e), " "); got != row.want {
			t.Errorf("%s: %s, want %s: %+v", name, got, row.want, e.Findings)
		}
		for i, s := range e.Sentences {
			if proven := len(s.Receipts) > 0; proven != (s.State == pipeline.EditProven || s.State == pipeline.EditKept && !s.Plain) {
				t.Errorf("%s: sentence %d is %s with %d receipts", name, i, s.State, len(s.Receipts))
			}
			for _, r := range s.Receipts {
				if r.Audience != pipeline.Public {
					t.Errorf("%s: cites %s", name, r.Document)
				}
			}
		}
		var told []string
		for _, f := range e.Findings {
			if f.Check == "support" || f.Check == pipeline.CheckUnsourced {
				told = append(told, f.Detail)
			}
		}
		if all := strings.Join(told, " "); (all == "") != (row.say == "") || !strings.Contains(all, row.say) {
			t.Errorf("%s: told %q, want %q", name, all, row.say)
		}
	}
}

// TestEditNamesNewPromises: a promise that the draft makes is no news, another is.
func TestEditNamesNewPromises(t *testing.T) {
	promises := func(said string) (out []string) {
		for _, f := range editOf(said).Findings {
			if f.Check == "commitment" {
				out = append(out, f.Detail)
			}
		}
		return out
	}
	if got := promises(quote14); len(got) != 0 {
		t.Errorf("a rule of the draft is told as %q", got)
	}
	got := promises(quote14 + " We will refund you by Friday.")
	if len(got) < 1 || !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "New: ") && strings.Contains(s, "refund") }) {
		t.Errorf("a new promise beside the draft's is told as %q", got)
	}
	if got := promises("Here is a voucher for 20 % off."); len(got) != 1 || !strings.HasPrefix(got[0], "New: ") {
		t.Errorf("told %q", got)
	}
}

// TestEditNumbersAndText: receipts are numbered without gaps after the draft's, and the
// sentences join to the text.
func TestEditNumbersAndText(t *testing.T) {
	const said = "Hi Dana,\n\nYou can export a board as CSV from its menu.\nAn export holds all open cards. " + quote14
	e := editOf(said, exports)
	d := e.Draft(pipeline.Draft{})
	if d.Text() != said {
		t.Errorf("the sentences join to %q", d.Text())
	}
	var numbers []int
	for _, c := range d.Citations() {
		numbers = append(numbers, c.Number)
	}
	slices.Sort(numbers)
	if !slices.Equal(numbers, []int{1, 2}) {
		t.Errorf("numbers are %v", numbers)
	}
	if e.Unproven() != 0 {
		t.Errorf("%+v", e.Findings)
	}
}

// TestEditStillBlocks: what CheckText forbids stays forbidden.
func TestEditStillBlocks(t *testing.T) {
	for _, said := range []string{"See evil[.]example for details.", runbook.Text, "My IBAN is DE89370400440532013000."} {
		if !Blocked(editOf(said).Findings) {
			t.Errorf("not blocked: %q", said)
		}
	}
	if e := editOf(strings.Repeat("word ", 3000)); !Blocked(e.Findings) {
		t.Error("a runaway is not blocked")
	}
}
