package bottest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// slackArgs are the arguments of a call, form or JSON.
type slackArgs map[string]string

// slackReply is the body of an answer; "ok" is added.
type slackReply map[string]any

// slackError is an ok:false answer.
type slackError struct {
	code     string
	messages []string
}

func (e slackError) Error() string { return e.code }

func refuse(code string, messages ...string) error {
	return slackError{code: code, messages: messages}
}

func (s *Slack) routes() http.Handler {
	methods := map[string]func(slackArgs) (slackReply, error){
		"auth.test": s.authTest, "apps.connections.open": s.connectionsOpen,
		"chat.postMessage": s.postMessage, "chat.update": s.updateMessage, "chat.postEphemeral": s.postEphemeral,
		"views.open": s.viewsOpen, "views.update": s.viewsUpdate, "views.push": s.viewsPush, "views.publish": s.viewsPublish,
		"users.info": s.usersInfo, "users.lookupByEmail": s.usersByEmail, "usergroups.users.list": s.groupUsers,
		"conversations.history": s.history, "conversations.replies": s.replies,
		"reactions.add": s.reactionAdd, "reactions.remove": s.reactionRemove, "reactions.get": s.reactionGet,
	}
	maps.Copy(methods, s.surfaceMethods())
	mux := http.NewServeMux()
	for name, do := range methods {
		mux.HandleFunc("/api/"+name, func(w http.ResponseWriter, r *http.Request) { s.call(w, r, name, do) })
	}
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, slackReply{"ok": false, "error": "unknown_method"})
	})
	mux.HandleFunc("/socket", s.serveSocket)
	mux.HandleFunc("/response/", s.serveResponseURL)
	return mux
}

// call authorises, carries out one API call with its scripted fault, and
// writes it into the ledger.
func (s *Slack) call(w http.ResponseWriter, r *http.Request, name string, do func(slackArgs) (slackReply, error)) {
	args, token, err := readArgs(r)
	if err != nil {
		writeJSON(w, slackReply{"ok": false, "error": "invalid_json"})
		return
	}
	s.mu.Lock()
	if s.granted != nil {
		w.Header().Set("X-OAuth-Scopes", strings.Join(s.granted, ","))
	}
	s.mu.Unlock()
	f := s.fault(name)
	if f.Hold != nil {
		select {
		case <-f.Hold:
		case <-r.Context().Done():
			return
		}
	}
	s.mu.Lock()
	latency := s.latency
	s.mu.Unlock()
	time.Sleep(latency)
	if f.RetryAfter == 0 {
		f.RetryAfter = s.tooFast(name, args)
	}
	if f.Cut || f.Status != 0 || f.RetryAfter > 0 {
		s.record(name, args, cutName(f))
		misbehave(w, f)
		return
	}
	var reply slackReply
	want := SlackBotToken
	if name == "apps.connections.open" {
		want = SlackAppToken
	}
	switch {
	case token == "":
		err = refuse("not_authed")
	case token != want:
		err = refuse("invalid_auth")
	case f.Error != "":
		err = refuse(f.Error)
	default:
		s.mu.Lock()
		reply, err = do(args)
		s.mu.Unlock()
	}
	if f.Lose {
		s.record(name, args, "lost")
		hangUp(w)
		return
	}
	if err != nil {
		s.record(name, args, err.Error())
		reply = slackReply{"ok": false, "error": err.Error()}
		if e, ok := err.(slackError); ok && len(e.messages) > 0 {
			reply["response_metadata"] = map[string]any{"messages": e.messages}
			reply["errors"] = e.messages
		}
		writeJSON(w, reply)
		return
	}
	s.record(name, args, "")
	out := slackReply{"ok": true}
	maps.Copy(out, reply)
	writeJSON(w, out)
}

func cutName(f SlackFault) string {
	switch {
	case f.Cut:
		return "cut"
	case f.RetryAfter > 0:
		return "ratelimited"
	}
	return "http " + strconv.Itoa(f.Status)
}

func misbehave(w http.ResponseWriter, f SlackFault) {
	switch {
	case f.Cut:
		hangUp(w)
	case f.RetryAfter > 0:
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"ok":false,"error":"ratelimited"}`)
	default:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(f.Status)
		_, _ = io.WriteString(w, "<html>error</html>")
	}
}

func hangUp(w http.ResponseWriter) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		_ = conn.Close()
	}
}

func (s *Slack) fault(method string) SlackFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q := s.faults[method]; len(q) > 0 {
		s.faults[method] = q[1:]
		return q[0]
	}
	return s.always[method]
}

func (s *Slack) record(method string, args slackArgs, answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, SlackCall{Method: method, At: s.now(), Args: args, Error: answer})
	s.touch()
}

// readArgs takes arguments and token the two ways clients send them.
func readArgs(r *http.Request) (slackArgs, string, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 4<<20))
	if err != nil {
		return nil, "", err
	}
	args := slackArgs{}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		if len(body) == 0 {
			return args, token, nil
		}
		var raw map[string]json.RawMessage
		if err := json.Unmarshal(body, &raw); err != nil {
			return nil, "", err
		}
		for k, v := range raw {
			var str string
			if json.Unmarshal(v, &str) == nil {
				args[k] = str
			} else {
				args[k] = string(v)
			}
		}
		return args, token, nil
	}
	q, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, "", err
	}
	for _, values := range []url.Values{r.URL.Query(), q} {
		for k := range values {
			args[k] = values.Get(k)
		}
	}
	if t := args["token"]; t != "" {
		token = t
		delete(args, "token")
	}
	return args, token, nil
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v)
}

func (s *Slack) authTest(slackArgs) (slackReply, error) {
	out := slackReply{"url": "https://acme.slack.com/", "team": "Acme", "user": "footnote",
		"team_id": SlackTeam, "user_id": SlackBotUser, "bot_id": SlackBot}
	if s.enterprise != "" {
		out["enterprise_id"] = s.enterprise
	}
	return out, nil
}

func (s *Slack) usersInfo(a slackArgs) (slackReply, error) {
	u, ok := s.users[a["user"]]
	if !ok {
		return nil, refuse("user_not_found")
	}
	return slackReply{"user": u.json()}, nil
}

func (s *Slack) usersByEmail(a slackArgs) (slackReply, error) {
	for _, u := range s.users {
		if u.Email != "" && strings.EqualFold(u.Email, a["email"]) && !u.Deleted {
			return slackReply{"user": u.json()}, nil
		}
	}
	return nil, refuse("users_not_found")
}

func (u SlackUser) json() map[string]any {
	profile := map[string]any{"real_name": u.Name, "display_name": u.Name}
	if u.Email != "" {
		profile["email"] = u.Email
	}
	out := map[string]any{"id": u.ID, "team_id": u.Team, "name": strings.ToLower(u.Name), "real_name": u.Name, "deleted": u.Deleted,
		"is_bot": u.Bot, "is_restricted": u.Guest || u.SingleChannel, "is_ultra_restricted": u.SingleChannel, "is_stranger": u.Stranger, "profile": profile}
	if u.Enterprise != "" {
		out["enterprise_user"] = map[string]any{"id": cmp.Or(u.GridID, u.ID), "enterprise_id": u.Enterprise, "teams": append([]string{}, u.teams()...)}
	}
	return out
}

func (u SlackUser) teams() []string {
	if u.Teams == nil {
		return []string{u.Team}
	}
	return u.Teams
}

func (s *Slack) groupUsers(a slackArgs) (slackReply, error) {
	users, ok := s.groups[a["usergroup"]]
	if !ok {
		return nil, refuse("no_such_subteam")
	}
	return slackReply{"users": users}, nil
}

func (s *Slack) connectionsOpen(slackArgs) (slackReply, error) {
	ticket := s.id("ticket")
	s.tickets[ticket] = true
	return slackReply{"url": fmt.Sprintf("ws%s/socket?ticket=%s", strings.TrimPrefix(s.base, "http"), ticket)}, nil
}
