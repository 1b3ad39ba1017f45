// Package layout is what Slack can show. In: words, times, links, buttons; what
// people, models and sources wrote among them. Out: Block Kit in two layouts, rich
// and plain, checked against Slack's limits before anything is sent.
//
//	outside text ─Clean, Line, Cut, Escape─▶ Run ─▶ Part ─▶ Content, Page ─▶ Body (rich, plain) ─lint─▶ Slack
//
// Outside text stands only in rich text or plain text, where Slack reads no markup;
// invisible characters are left out. It knows neither drafts nor calls.
package layout
