package drafting

import (
	"strings"
	"testing"

	"footnote/pipeline"
	"footnote/pipeline/guard"
)

// drafted answers one question from passages that a search found in this order.
func drafted(t *testing.T, ask string, hits ...pipeline.Hit) string {
	t.Helper()
	for i := range hits {
		if hits[i].Support == 0 {
			hits[i].Support = .9
		}
	}
	q := Question{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: ask}}, Asks: asks(ask), Locale: "en"}
	in := guard.Input{Passages: passages(hits), Locale: "en"}
	answer, why := extracted(q, hits, in)
	if why != "" {
		t.Fatalf("%s: %s", ask, why)
	}
	in.Draft = pipeline.Draft{Sentences: answer, Locale: "en"}
	for _, f := range guard.Check(in) {
		t.Errorf("%s: %+v", ask, f)
	}
	for _, s := range answer {
		for _, r := range s.Receipts {
			for _, h := range hits {
				if h.Passage.ID == r.Passage && h.Passage.Text[r.Start:r.End] != r.Quote {
					t.Errorf("%q is not quoted from the passage", r.Quote)
				}
			}
		}
	}
	return in.Draft.Text()
}

func at(p pipeline.Passage, document string, ordinal int, beside bool) pipeline.Hit {
	p.Document, p.Ordinal = document, ordinal
	return pipeline.Hit{Passage: p, Beside: beside}
}

const exportSteps = "Customers can be exported as CSV by every manager.\n\nTo export customers:\n\n1. Go to **Customers**.\n   The list opens with the newest first.\n2. Choose **Export**:\n   - CSV for a spreadsheet\n   - vCard for a phone\n3. Open the e-mail and download the file."

func TestWholeProcedure(t *testing.T) {
	got := drafted(t, "How do I export my customers as CSV?", at(passage("a", "Customers", "Export", exportSteps), "d", 0, false))
	want := "To export customers:\n1. Go to Customers.\nThe list opens with the newest first.\n2. Choose Export:\n- CSV for a spreadsheet\n- vCard for a phone\n3. Open the e-mail and download the file."
	if !strings.Contains(got, want) {
		t.Errorf("%s", got)
	}
}

func TestProcedureGoesOnInTheNextPassage(t *testing.T) {
	first := passage("a", "Customers", "Export", "To export customers:\n\n1. Go to Customers in the main menu.\n2. Choose Export customers.")
	second := passage("b", "Customers", "Export", "3. Open the e-mail.\n4. Download the file.\n\nThe file is kept for a week.")
	other := passage("c", "Bookings", "Export", "1. Go to Bookings.\n2. Choose Export bookings as a file.")
	hits := []pipeline.Hit{at(first, "d", 3, false), at(other, "e", 0, false), at(second, "d", 4, true)}
	want := "To export customers:\n1. Go to Customers in the main menu.\n2. Choose Export customers.\n3. Open the e-mail.\n4. Download the file."
	if got := drafted(t, "How do I export customers?", hits...); got != want {
		t.Errorf("%s", got)
	}
	hits[2].Passage.Version++ // of another version: not the same text
	if got := drafted(t, "How do I export customers?", hits...); strings.Contains(got, "3.") {
		t.Errorf("%s", got)
	}
}

const prices = "Prices depend on the plan.\n\n| Plan | Price | Users | Locations |\n| --- | ---: | :-: | --- |\n| Solo | 9 € per month | 1 | |\n| Team | 29 € per month | 10 | 3 |\n| **Large** | 99 € per month | 1.000 | `a\\|b` |"

func TestTableRow(t *testing.T) {
	hit := at(passage("a", "Plans", "Prices", prices), "d", 0, false)
	for ask, want := range map[string]string{
		"How much is the Team plan?":      "Plan Team – Price: 29 € per month; Users: 10; Locations: 3",
		"What is the price of plan Solo?": "Plan Solo – Price: 9 € per month; Users: 1",
		"How many users does Large have?": "Plan Large – Price: 99 € per month; Users: 1.000; Locations: a|b",
	} {
		if got := drafted(t, ask, hit); !strings.Contains(got, want) {
			t.Errorf("%s\n%s", ask, got)
		}
	}
}

// TestLabelledRow: the row whose label the ask has wins over a sentence that
// reads better, and a row of which the ask has only a part does not.
func TestLabelledRow(t *testing.T) {
	const rows = "The Studio plan costs 49 € per month.\n\n| | Starter | Studio |\n| --- | --- | --- |\n| Team members included | 2 | 10 |\n| Phone support for members | no | yes |\n\n" +
		"- Each extra team member costs 5 € per month on the Studio plan. The Starter plan cannot have more than 2 team members."
	hit := at(passage("a", "Plans", "Prices", rows), "d", 0, false)
	rest := at(passage("b", "Roles", "Team", "How many team members you can have depends on your plan."), "e", 0, false)
	for ask, want := range map[string]string{
		"How many team members are included?":                                          "Team members included – Starter: 2; Studio: 10",
		"How many team members are included in Studio and what does phone cost extra?": "Team members included – Starter: 2; Studio: 10",
	} {
		if got := drafted(t, ask, hit, rest); !strings.HasPrefix(got, want) {
			t.Errorf("%s\n%s", ask, got)
		}
	}
}

func TestTableFromThePassageBefore(t *testing.T) {
	got := drafted(t, "What does code P-303 mean?", at(passage("a", "Codes", "Codes", "| P-302 | Card expired. | Ask for another card. |\n| P-303 | Balance too low. | Wait for payments. |"), "d", 0, false))
	if got != "P-303 – Balance too low; Wait for payments." {
		t.Errorf("%s", got)
	}
}

func TestReadingOrder(t *testing.T) {
	hit := func(doc string, ordinal int) pipeline.Hit { return at(passage(doc, doc, "", "x"), doc, ordinal, false) }
	var got string
	for _, h := range arranged([]pipeline.Hit{hit("a", 5), hit("b", 1), hit("a", 6), hit("a", 9), hit("b", 0), hit("a", 4)}) {
		got += h.Passage.Document + string(rune('0'+h.Passage.Ordinal)) + " "
	}
	if got != "a4 a5 a6 b0 b1 a9 " {
		t.Error(got)
	}
	hits := []pipeline.Hit{at(passage("a", "Customers", "Export", "First part."), "d", 3, false), at(passage("b", "Customers", "Export", "Second part."), "d", 4, true)}
	p := promptFor(Question{Locale: "en"}, hits, "", "feedbeef")
	if !strings.Contains(p.User, "[passage 1] Customers › Export\nFirst part.\n\n[passage 2] (the text goes on)\nSecond part.") {
		t.Error(p.User)
	}
}

func TestOutsideTheSources(t *testing.T) {
	page := passage("a", "Webhooks", "Signature", "Each request has a signature of the webhook's body and a time. Refuse requests that are old.")
	german := passage("b", "Kontakt", "Kontakt", "Sie erreichen uns per E-Mail.")
	german.Locale = "de"
	ask := "Wie prüfe ich die Signature eurer Webhooks?"
	q := Question{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: ask}}, Asks: asks(ask), Locale: "de"}
	hits := []pipeline.Hit{{Passage: page, Support: .5}, {Passage: german, Support: .1}}
	if answer, why := extracted(q, hits, guard.Input{Passages: passages(hits), Locale: "de"}); !strings.Contains(why, "another language (en)") {
		t.Errorf("%q %v", why, answer)
	}
	for _, text := range []string{"hello?", "Hi there!", "Hallo, jemand da?", "Hello, is anyone there?"} {
		if emptyOf(text) == "" {
			t.Errorf("%q asks nothing", text)
		}
	}
	if emptyOf("hello, prices?") != "" {
		t.Error("a short question is a question")
	}
}

// Nothing is quoted from a page far from the question because the page that
// covers it holds nothing that may be quoted.
func TestOnlyWhatCoversTheQuestionIsQuoted(t *testing.T) {
	ask := "How do I export my customers?"
	q := Question{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: ask}}, Asks: asks(ask), Locale: "en"}
	near := passage("a", "Export customers", "Export customers", "Export customers at https://elsewhere.example/customers.")
	far := passage("b", "Opening hours", "Opening hours", "Customers visit the shop on weekdays.")
	for support, quoted := range map[float64]bool{.01: false, .2: true} {
		hits := []pipeline.Hit{{Passage: near, Support: .9}, {Passage: far, Support: support}}
		in := guard.Input{Passages: passages(hits), Locale: "en"}
		in.Passages[0].Audience = pipeline.Restricted // whatever stands in it is blocked
		answer, why := extracted(q, hits, in)
		if (why == "") != quoted || quoted && answer[0].Receipts[0].Passage != "b" {
			t.Errorf("support %v: %q %+v", support, why, answer)
		}
	}
}
