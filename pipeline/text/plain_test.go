package text

import (
	"strings"
	"testing"
)

func TestPlain(t *testing.T) {
	for md, want := range map[string]string{
		"Go to **Settings > Billing**.":                    "Go to Settings > Billing.",
		"See [plans](https://x.example/a_(b)) and `code`.": "See plans and code.",
		"## Title\n- one\n- *two*":                         "Title one two",
		"![alt](x.png) text":                               "text",
		"snake_case_name stays, 2 * 3 * 4 too":             "snake_case_name stays, 2 * 3 * 4 too",
	} {
		if got := Plain(md); got != want {
			t.Errorf("%q: %q", md, got)
		}
	}
}

// TestWorldPlain: no mark of any dialect reaches a reader, and no word is lost with it.
func TestWorldPlain(t *testing.T) {
	for md, want := range map[string]string{
		"Type `<br>` at the end, or `{% if vip %}`.":                  "Type <br> at the end, or {% if vip %}.",
		"Use ``a `b` c`` and `**x**`.":                                "Use a `b` c and **x**.",
		"Paste `<script>` before the **end**.":                        "Paste <script> before the end.",
		"takes 5&nbsp;&ndash;&nbsp;7 days, 9,90&nbsp;&euro; &amp; so": "takes 5 – 7 days, 9,90 € & so",
		"AT&T and R&D; a &unknown; b":                                 "AT&T and R&D; a &unknown; b",
		"Click `Delivery`{.action}, then **Save**{: .button #x }.":    "Click Delivery, then Save.",
		"12 € a month[^1] at a shop.^[Not on Sundays.]":               "12 € a month at a shop. (Not on Sundays.)",
		"choose ++ctrl+shift+r++ or C++ here":                         "choose Ctrl+Shift+R or C++ here",
		"Use :material-cog: Options ==and== :gear: at 10:30:00":       "Use Options and at 10:30:00",
		"see [[scanner-versions|the versions]] or [[guides/reset]]":   "see the versions or reset",
		"Use <username> here, 3 < 4 > 2, <b>bold</b><br>next":         "Use <username> here, 3 < 4 > 2, bold next",
		"~~Old price 5 €~~ New price 6 €":                             "New price 6 €",
		"see [the guide][g] and [x]":                                  "see the guide and [x]",
		"***very*** __strong__ *and _both_*":                          "very strong and both",
		"> [!CAUTION] Deleting removes all.":                          "Deleting removes all.",
		"1. First\n2. Second":                                         "1. First 2. Second",
		`\*not bold\* and \_so\_`:                                     "*not bold* and _so_",
		"rated 5* by *all* guests":                                    "rated 5* by all guests",
		"a <https://x.example/a> b":                                   "a https://x.example/a b",
		"open `file` unclosed":                                        "open file unclosed",
		"[![badge](b.png)](https://x.example) text":                   "text",
		`[A](https://x.example "the title") b`:                        "A b",
		"(see _Account_) and file_name_x":                             "(see Account) and file_name_x",
		"- [x] done\n- [ ] open":                                      "done open",
		"Größe **80 × 60 cm**, ± 2 %, −40 … +85 °C":                   "Größe 80 × 60 cm, ± 2 %, −40 … +85 °C",
	} {
		if got := Plain(md); got != want {
			t.Errorf("%q: %q, want %q", md, got, want)
		}
	}
}

// TestPlainIsLinear: what is made to be read again and again is read once.
func TestPlainIsLinear(t *testing.T) {
	for _, s := range []string{"*a ", "_a ", "[", "[a](", "`", "``a`", "<", "<a ", "==a", "~~", "&", "^[", "{.a", "[[", "![", "++a", ":a", "\\", "*_"} {
		Plain(strings.Repeat(s, 100_000/len(s)))
	}
}

func TestWorldPlaceholders(t *testing.T) {
	for _, s := range []string{"Hi {{ticket.requester.first_name}},", "Hi {{ contact.name | default: 'x' }},", "Hi [[name]],", "Hi %%first_name%%,", "Hi <%= @user.name %>,", "Hi ${customer.name},", "INSERT NAME HERE", "lorem  ipsum dolor",
		"Dear [Customer Name],", "Dear [Your Name]", "Hi *|FNAME|*,", "Hi %FIRSTNAME%,", "Hi ||first_name||,", "Hi {first_name},", "Hi <first name>,", "It costs TBD.", "{% if x %}", "Hi {!Contact.Name},", "up to " + Gap + " users",
		"Hallo [Vorname],", "Hi <<FirstName>>,", "Hi #{user.name},", "Your key is YOUR_API_KEY", "Hi [insert reason for delay]", "{{< param maxname >}}", "{{{body}}}"} {
		if found, _ := Placeholder(s); found == "" {
			t.Errorf("%q has none", s)
		}
	}
	for _, s := range []string{"Open {Settings} and [Billing].", "5 % of 100 %", "Use the [link](https://x.example).", "3 << 4", "a || b || c", "The to-do list", "Look in %APPDATA%.", "[1]", "Order number: 77", "Press <Enter>.", "It must be confirmed by e-mail.", "$100_000", "CSS {color: red}"} {
		if found, _ := Placeholder(s); found != "" {
			t.Errorf("%q is taken for a placeholder in %q", found, s)
		}
	}
}
