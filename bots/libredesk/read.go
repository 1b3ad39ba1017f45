package libredesk

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// Bounds of what is read of one conversation and of one list.
const (
	pageSize = 500 // Libredesk gives no more
	maxPages = 40
)

type apiConversation struct {
	UUID      string    `json:"uuid"`
	Reference string    `json:"reference_number"`
	Subject   string    `json:"subject"`
	Status    string    `json:"status"`
	Category  string    `json:"status_category"` // open | waiting | resolved; not in lists
	Inbox     string    `json:"inbox_name"`
	Channel   string    `json:"inbox_channel"` // email | livechat | …
	Tags      []string  `json:"tags"`
	CreatedAt time.Time `json:"created_at"`
	LastAt    time.Time `json:"last_message_at"`
	RepliedAt time.Time `json:"first_reply_at"`
	SolvedAt  time.Time `json:"resolved_at"`
	Contact   struct {
		ID    int64  `json:"id"`
		First string `json:"first_name"`
		Last  string `json:"last_name"`
		Email string `json:"email"`
	} `json:"contact"`
}

// pageOf is one page of a list.
type pageOf[T any] struct {
	Results []T `json:"results"`
	Pages   int `json:"total_pages"`
}

type call struct {
	method, path string
	body         any
}

// fetch reads one answer out of Libredesk's envelope.
func fetch[T any](ctx context.Context, api *bots.API, c call, head ...*http.Header) (T, error) {
	var v struct {
		Status string          `json:"status"`
		Data   json.RawMessage `json:"data"`
	}
	var out T
	if err := api.Do(ctx, c.method, c.path, c.body, &v, head...); err != nil {
		return out, err
	}
	if v.Status != "success" || json.Unmarshal(v.Data, &out) != nil {
		return out, pipeline.Errorf(pipeline.Unavailable, "Libredesk's answer could not be understood")
	}
	return out, nil
}

func get[T any](ctx context.Context, d *Desk, path string) (T, error) {
	return fetch[T](ctx, d.api, call{method: http.MethodGet, path: path})
}

// do makes a change whose answer says no more than that it was made.
func (d *Desk) do(ctx context.Context, method, path string, body any) error {
	_, err := fetch[json.RawMessage](ctx, d.api, call{method, path, body})
	return err
}

func (d *Desk) conversation(ctx context.Context, uuid string) (apiConversation, error) {
	if !isUUID(uuid) {
		return apiConversation{}, pipeline.Errorf(pipeline.NotFound, "the desk has no such ticket")
	}
	c, err := get[apiConversation](ctx, d, "/conversations/"+uuid)
	if err == nil && !strings.EqualFold(c.UUID, uuid) {
		err = pipeline.Errorf(pipeline.Unavailable, "Libredesk answered with another conversation")
	}
	return c, err
}

// Thread reads a conversation and its messages, the conversation first: a
// message that comes between the two reads is newer than UpdatedAt.
func (d *Desk) Thread(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	c, err := d.conversation(ctx, ref.ID)
	if err != nil {
		return pipeline.Ticket{}, err
	}
	if _, err := d.whoami(ctx); err != nil { // or our own messages would be an agent's
		return pipeline.Ticket{}, err
	}
	messages, err := d.messages(ctx, ref.ID, "type=incoming&type=outgoing")
	if err != nil {
		return pipeline.Ticket{}, err
	}
	t := pipeline.Ticket{TicketRef: ref, Subject: strings.TrimSuffix(c.Subject, " - #"+c.Reference), Status: status(c.Status, c.Category),
		URL: d.agentURL(c.UUID), Queue: c.Inbox, CreatedAt: c.CreatedAt, UpdatedAt: c.LastAt,
		Requester: pipeline.Person{ID: number(c.Contact.ID), Name: name(c.Contact.First, c.Contact.Last), Email: c.Contact.Email}}
	first := true
	for _, m := range messages {
		if m.Type != "incoming" && m.Type != "outgoing" {
			continue
		}
		title := ""
		if first {
			title, first = t.Subject, false
		}
		t.Messages = append(t.Messages, d.message(ref, title, m, false))
	}
	return t, nil
}

// messages reads all messages of some types, oldest first. Libredesk lists them
// newest first: one that comes meanwhile pushes others to the next page, where
// they are seen again.
func (d *Desk) messages(ctx context.Context, uuid, types string) ([]apiMessage, error) {
	var all []apiMessage
	seen := map[string]bool{}
	for n := 1; n <= maxPages; n++ {
		page, err := get[pageOf[apiMessage]](ctx, d, "/conversations/"+uuid+"/messages?"+types+"&page_size="+strconv.Itoa(pageSize)+"&page="+strconv.Itoa(n))
		if err != nil {
			return nil, err
		}
		for _, m := range page.Results {
			if !seen[m.UUID] {
				seen[m.UUID] = true
				all = append(all, m)
			}
		}
		if n >= page.Pages || len(page.Results) == 0 {
			slices.SortStableFunc(all, func(a, b apiMessage) int {
				if c := a.CreatedAt.Compare(b.CreatedAt); c != 0 {
					return c
				}
				return int(a.ID - b.ID)
			})
			return all, nil
		}
	}
	return nil, pipeline.Errorf(pipeline.Unavailable, "conversation %s has more messages than can be read", uuid)
}

// message reads one message. hook says that it comes from a webhook, which may
// be faster than the answer to our own call.
func (d *Desk) message(ref pipeline.TicketRef, subject string, m apiMessage, hook bool) pipeline.Message {
	text := m.Content
	if m.ContentType != "text" {
		text = bots.Text(m.Content)
	}
	claim := bots.Claim{ID: number(m.Sender), Role: pipeline.RoleBot}
	switch {
	case m.SenderType == "contact":
		claim.Role, claim.Auto = pipeline.RoleCustomer, bots.AutoReply(nil, subject, text)
	case m.Meta.Automated || m.Meta.CSAT:
	case m.Author.Type == "" || m.Author.Type == "agent":
		claim.Role = pipeline.RoleAgent
	}
	said := ""
	if hook && claim.Role != pipeline.RoleCustomer {
		said = text
	}
	if claim.Marker = m.Meta.Echo; !bots.IsMarker(claim.Marker) || claim.Role == pipeline.RoleCustomer {
		claim.Marker = d.written.Marker(ref, m.UUID, said)
	}
	msg := pipeline.Message{ID: m.UUID, Role: bots.RoleOf(claim, d.own()...), Text: text, Public: !m.Private, At: m.CreatedAt, Marker: claim.Marker,
		Author: pipeline.Person{ID: number(m.Author.ID), Name: name(m.Author.First, m.Author.Last), Email: m.Author.Email}}
	for _, a := range m.Attachments {
		msg.Attachments = append(msg.Attachments, bots.FileName(a.Name))
	}
	return msg
}

// Changed lists the conversations whose last message, activities such as a
// change of status included, is not older than since.
func (d *Desk) Changed(ctx context.Context, since time.Time) ([]bots.Row, error) {
	var refs []bots.Row
	seen := map[string]bool{}
	at := bots.Place{From: since, Page: 1}
	for range 10 * maxPages {
		rows, next, done, err := d.list(ctx, at, pageSize)
		if err != nil {
			return nil, err
		}
		for _, c := range rows {
			if !seen[c.UUID] {
				seen[c.UUID] = true
				refs = append(refs, d.api.Row(d.ref(c.UUID), c.LastAt))
			}
		}
		if done {
			return refs, nil
		}
		at = next
	}
	return nil, pipeline.Errorf(pipeline.Unavailable, "more conversations changed than can be listed")
}

// list reads one page of the conversations, those with the oldest last message
// first. The conversations of the page's last instant come again with the next.
func (d *Desk) list(ctx context.Context, at bots.Place, size int) (rows []apiConversation, next bots.Place, done bool, err error) {
	const instant = time.Microsecond // of Libredesk's clock; it knows only "greater than"
	filter, _ := json.Marshal([]map[string]string{{"model": "conversations", "field": "last_message_at", "operator": "greater than",
		"value": at.From.Add(-instant).UTC().Format("2006-01-02T15:04:05.000000Z")}}) // strings always marshal
	q := url.Values{"filters": {string(filter)}, "order_by": {"conversations.last_message_at"}, "order": {"asc"},
		"page_size": {strconv.Itoa(size)}, "page": {strconv.Itoa(at.Page)}}
	page, err := get[pageOf[apiConversation]](ctx, d, "/conversations/all?"+q.Encode())
	if err != nil {
		return nil, at, false, err
	}
	if len(page.Results) == 0 || at.Page >= page.Pages {
		return page.Results, at, true, nil
	}
	return page.Results, at.Next(page.Results[len(page.Results)-1].LastAt), false, nil
}

// status is Libredesk's status in our three words. Categories are Libredesk's
// own; before it had them there were four names.
func status(name, category string) pipeline.TicketStatus {
	switch category {
	case "open":
		return pipeline.StatusOpen
	case "waiting":
		return pipeline.StatusPending
	case "resolved":
		return pipeline.StatusSolved
	}
	switch name {
	case "Open":
		return pipeline.StatusOpen
	case "Snoozed":
		return pipeline.StatusPending
	case "Resolved", "Closed":
		return pipeline.StatusSolved
	}
	return ""
}

func name(first, last string) string { return strings.TrimSpace(first + " " + last) }

// number writes an identifier; empty for none.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
