package tracking

import (
	"fmt"
	"testing"

	"footnote/pipeline"
)

// TestWorldCourtesyBesideAQuestion: while a question waits, thanks and the like make no
// new revision and ask for no draft: what there is for the question stands.
func TestWorldCourtesyBesideAQuestion(t *testing.T) {
	t.Parallel()
	tr, rec, pool := setup(t, Config{})
	for i, said := range []string{"Thanks!", "Thank you so much for your help", "Danke!", "Hello?", "Hello? Is anyone there?", "???", "🙏", "👍", "please hurry", "Merci d'avance", "Gracias", "Спасибо!", "谢谢", "有人吗？", "Dziękuję bardzo", "Any news?", "ok", ""} {
		id := fmt.Sprint(i)
		handle(t, tr, received(id, message(id+"q", pipeline.RoleCustomer, 0, "How do I reset my password?")))
		handle(t, tr, received(id, message(id+"c", pipeline.RoleCustomer, 1, said)))
		if got := outcomes(t, pool)[id+"c"]; got != "skipped: "+pipeline.BesideReason {
			t.Errorf("%q: %q", said, got)
		}
		if r, err := tr.Revision(t.Context(), pipeline.TicketRef{Desk: "sandbox", ID: id}); err != nil || r != 1 {
			t.Errorf("%q: revision %d, %v", said, r, err)
		}
	}
	if got := len(rec.of(pipeline.DraftRequested)); got != 18 {
		t.Errorf("%d drafts asked for, want one a question", got)
	}
}

// TestWorldCourtesyAfterAnAnswer: thanks after an answer asks nobody; what may want an
// answer goes to drafting, which says what it is.
func TestWorldCourtesyAfterAnAnswer(t *testing.T) {
	t.Parallel()
	tr, _, pool := setup(t, Config{})
	for i, c := range []struct {
		answer, said string
		rests        bool
	}{
		{"Choose Settings.", "Thanks, that worked!", true}, {"Choose Settings.", "Perfect, thank you", true}, {"Choose Settings.", "Ok", true}, {"Choose Settings.", "👍", true},
		{"Wählen Sie Einstellungen.", "Vielen Dank für die schnelle Hilfe", true}, {"Choisissez Paramètres.", "Merci beaucoup", true}, {"Shall I cancel it?", "Thank you!", true},
		{"選択してください。", "ありがとうございました", true}, {"Выберите настройки.", "Спасибо большое, всё работает", true}, {"Ayarlar.", "Teşekkürler", true},
		{"Shall I cancel it?", "Ok", false}, {"Shall I cancel it?", "👍", false}, {"Shall I cancel it?", "Great, thanks!", false}, {"We look into it.", "Any news?", false},
		{"We look into it.", "???", false}, {"We look into it.", "Hello?", false}, {"Choose Settings.", "Thanks but it fails", false}, {"Choose Settings.", "😡", false},
		{"Choose Settings.", "Thanks, and the invoice?", false}, {"Choose Settings.", "Danke, geht nicht", false},
	} {
		id := fmt.Sprint(i)
		handle(t, tr, received(id, message(id+"q", pipeline.RoleCustomer, 0, "How?")), received(id, message(id+"a", pipeline.RoleAgent, 1, c.answer)), received(id, message(id+"c", pipeline.RoleCustomer, 2, c.said)))
		if got := outcomes(t, pool)[id+"c"]; (got == "skipped: "+pipeline.ThanksReason) != c.rests || !c.rests && got != "" {
			t.Errorf("%q, then %q: %q", c.answer, c.said, got)
		}
	}
}

// TestCourtesyComesFirst: read in one go, or late, a courtesy does not take the place of
// the question, and a first one asks for a draft that will say what it is.
func TestCourtesyComesFirst(t *testing.T) {
	t.Parallel()
	ticket := thread("1", 0)
	ticket.Messages = []pipeline.Message{message("hi", pipeline.RoleCustomer, 0, "Hi"), message("q", pipeline.RoleCustomer, 1, "How do I cancel?"), message("ty", pipeline.RoleCustomer, 2, "Thanks!")}
	tr, rec, pool := setup(t, Config{Threads: &helpdesk{tickets: map[string]pipeline.Ticket{"1": ticket}}})
	handle(t, tr, polled(ticket, t0)...)
	got := outcomes(t, pool)
	if got["hi"] != "skipped: "+pipeline.SupersededReason || got["q"] != "" || got["ty"] != "skipped: "+pipeline.BesideReason {
		t.Errorf("%v", got)
	}
	reqs := rec.of(pipeline.DraftRequested)
	if len(reqs) != 1 {
		t.Fatalf("%d drafts asked for", len(reqs))
	}
	if r, _ := pipeline.Decode[pipeline.Requested](reqs[0]); r.Message != "q" {
		t.Errorf("a draft for %s", r.Message)
	}
}

// TestCourtesyArrivesBeforeItsQuestion: its webhook was faster. The question is drafted
// all the same, and the courtesy stands beside it.
func TestCourtesyArrivesBeforeItsQuestion(t *testing.T) {
	t.Parallel()
	tr, rec, pool := setup(t, Config{})
	handle(t, tr, received("1", message("m2", pipeline.RoleCustomer, 5, "Anyone?")), received("1", message("m1", pipeline.RoleCustomer, 0, "How do I cancel?")))
	if got := outcomes(t, pool); got["m1"] != "" || got["m2"] != "skipped: "+pipeline.BesideReason {
		t.Fatalf("outcomes %v", got)
	}
	reqs := rec.of(pipeline.DraftRequested)
	if r, _ := pipeline.Decode[pipeline.Requested](reqs[len(reqs)-1]); r.Message != "m1" {
		t.Fatalf("a draft for %s", r.Message)
	}
}
