package console

import (
	"net/http"

	"footnote/review/access"
)

// handler answers one request. An error it returns becomes an error page by the
// table in errors.go; nothing may be written before.
type handler func(w http.ResponseWriter, r *http.Request) error

// route is one line of the console: who may use it and what answers.
type route struct {
	pattern string
	// needs is checked before handle runs; empty means: also without signing in.
	needs  access.Permission
	handle handler
}

// routes lists every route. The test of roles fails for one it does not know.
func (c *Console) routes() []route {
	return []route{
		{"GET /assets/{file}", "", c.asset},
		{"GET /sign-in", "", c.signInHelp},
		{"GET /sign-in/{link}", "", c.signInPage},
		{"POST /sign-in/{link}", "", c.signIn},
		{"POST /sign-out", access.SignedIn, c.signOut},

		{"GET /{$}", access.SignedIn, c.home},
		{"GET /events", access.SeeTickets, c.events},
		{"GET /queue", access.SeeTickets, c.queue},
		{"GET /skipped", access.SeeTickets, c.skipped},
		{"POST /tickets/{desk}/take-in", access.Decide, c.takeIn},
		{"GET /tickets/{desk}", access.SeeTickets, c.ticket},
		{"GET /tickets/{desk}/{id}", access.SeeTickets, c.ticket},
		{"POST /tickets/{desk}/seen", access.Decide, c.seen},
		{"POST /tickets/{desk}/here", access.Decide, c.here},
		{"POST /tickets/{desk}/gone", access.Decide, c.gone},
		{"POST /tickets/{desk}/snooze", access.Decide, c.snooze},
		{"POST /tickets/{desk}/unsnooze", access.Decide, c.unsnooze},
		{"GET /drafts/{draft}/{kind}", access.SeeTickets, c.toTicket},
		{"POST /drafts/{draft}/check", access.Decide, c.check},
		{"POST /drafts/{draft}/find", access.Decide, c.find},
		{"POST /drafts/{draft}/insert", access.Decide, c.insert},
		{"POST /drafts/{draft}/saved", access.Decide, c.insertSaved},
		{"GET /replies", access.Decide, c.replies},
		{"POST /replies", access.Decide, c.saveReply},
		{"POST /replies/remove", access.Decide, c.removeReply},
		{"POST /drafts/{draft}/{kind}", access.Decide, c.decide},

		{"GET /knowledge", access.SeeKnowledge, c.knowledge},
		{"GET /knowledge/quarantine", access.SeeKnowledge, c.quarantine},
		{"POST /knowledge/decide", access.DecideAccess, c.decideAccess},
		{"GET /knowledge/remove", access.RemoveSources, c.confirmRemoval},
		{"POST /knowledge/remove", access.RemoveSources, c.removeSource},
		{"GET /knowledge/document", access.SeeKnowledge, c.document},
		{"GET /knowledge/learning", access.SeeKnowledge, c.learning},
		{"POST /knowledge/learning/prove", access.SteerLearning, c.prove},
		{"GET /knowledge/learning/revert", access.SteerLearning, c.askRevert},
		{"POST /knowledge/learning/revert", access.SteerLearning, c.revert},

		{"GET /report", access.SeeReports, c.report},
		{"GET /report.csv", access.SeeReports, c.reportCSV},
		{"GET /report.json", access.SeeReports, c.reportJSON},
		{"GET /report/tickets", access.SeeReports, c.drill},
		{"GET /report/tickets.csv", access.SeeReports, c.drillCSV},

		{"GET /audit", access.SeeAudit, c.audit},

		{"GET /people", access.ManageAccounts, c.people},
		{"POST /people", access.ManageAccounts, c.addPerson},
		{"GET /people/remove", access.ManageAccounts, c.askRemove},
		{"POST /people/link", access.ManageAccounts, c.invitePerson},
		{"POST /people/{change}", access.ManageAccounts, c.changePerson},

		{"GET /operations", access.SeeOperations, c.operations},
		{"GET /trace", access.SeeOperations, c.trace},
		{"POST /operations/dead-letters/{id}/replay", access.Replay, c.replay},

		{"GET /development/slack", access.SignedIn, c.slackPreview},
		{"POST /operations/drafting", access.Pause, c.turnDrafting},
	}
}
