package client

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	api "github.com/slack-go/slack"

	"footnote/bots"
	"footnote/pipeline"
)

// scopeUses says what each permission of the manifest is for, so that whoever reads
// that one is missing knows what does not work.
var scopeUses = []struct{ scope, use string }{
	{"chat:write", "cards and answers"},
	{"commands", "/footnote"},
	{"app_mentions:read", "answers to mentions"},
	{"im:history", "direct messages"},
	{"im:write", "telling a person directly"},
	{"reactions:read", "emoji as feedback"},
	{"reactions:write", "marking a support channel's thread solved"},
	{"usergroups:read", "roles from user groups"},
	{"users:read", "who presses"},
	{"users:read.email", "the account of who presses"},
	{"channels:history", "finding a card again"},
	{"groups:history", "the same in a private channel"},
	{"channels:read", "who reads along"},
	{"groups:read", "the same in a private channel"},
}

// needsNot tells whether Footnote works without a permission, as it is set up.
func (c *Client) needsNot(scope string) bool {
	switch scope {
	case "usergroups:read":
		return len(c.Groups) == 0
	case "reactions:write":
		return true // of support channels, whose own check asks for it
	case "groups:history", "groups:read":
		return true // private channels begin with C, too: the channel itself is looked at
	}
	return false
}

// Diagnose asks Slack about everything that cards and presses need, in either mode:
// token, permissions, how deliveries come, every channel, and whether somebody could
// approve. It posts nothing; what fails is a finding. Cases in which nothing can be
// said further return early.
func (c *Client) Diagnose(ctx context.Context) []bots.Finding {
	me, err := c.probe(ctx)
	if err != nil {
		f := bots.Finding{Name: "token", Saw: bots.Plain(pipeline.Say(err), 300), Fix: "Look at the network, a proxy, and status.slack.com."}
		if code := BrokenBy(err); code != "" {
			f.Fix = Repair(code)
		}
		return []bots.Finding{f}
	}
	out := []bots.Finding{{Name: "token", OK: true, Saw: fmt.Sprintf("workspace %s (%s), bot %s", bots.Plain(me.teamName, 60), me.team, me.User)}}
	out = append(out, c.scopes(me))
	if c.AppToken != "" {
		out = append(out, c.diagnoseSocket(ctx))
	}
	var people []string
	for _, place := range c.CardChannels() {
		f, members := c.diagnoseChannel(ctx, place)
		out = append(out, f)
		people = append(people, members...)
	}
	slices.Sort(people)
	out = append(out, c.diagnoseGroups(ctx)...)
	return append(out, c.approvers(ctx, slices.Compact(people)))
}

// scopes compares what the app was granted with what it needs.
func (c *Client) scopes(me Self) bots.Finding {
	if len(me.scopes) == 0 {
		return bots.Finding{Name: "permissions", OK: true, Saw: "Slack does not tell which were granted"}
	}
	var missing, need []string
	for _, s := range scopeUses {
		if c.needsNot(s.scope) {
			continue
		}
		need = append(need, s.scope)
		granted := slices.Contains(me.scopes, s.scope)
		if other, ok := strings.CutPrefix(s.scope, "channels:"); ok { // a private channel needs the other one
			granted = granted || slices.Contains(me.scopes, "groups:"+other)
		}
		if !granted {
			missing = append(missing, s.scope+" ("+s.use+")")
		}
	}
	f := bots.Finding{Name: "permissions", OK: len(missing) == 0, Saw: fmt.Sprintf("granted: %s; needed: %s", strings.Join(slices.Sorted(slices.Values(me.scopes)), " "), strings.Join(need, " "))}
	if !f.OK {
		f.Saw = "missing: " + strings.Join(missing, ", ") + "; " + f.Saw
		f.Fix = "Add them under OAuth & Permissions, Bot Token Scopes (deploy/slack-manifest.yaml has them), and press Reinstall to Workspace."
	}
	return f
}

func (c *Client) diagnoseSocket(ctx context.Context) bots.Finding {
	f := bots.Finding{Name: "Socket Mode", OK: true, Saw: "Slack gives us a socket"}
	if _, _, err := c.API.StartSocketModeContext(ctx); err != nil {
		_, code := Classify(err)
		return bots.Finding{Name: f.Name, Saw: "Slack gives us no socket (" + code + ")", Fix: Repair(code) + " slack_app_token needs connections:write, and Socket Mode must be on."}
	}
	return f
}

// diagnoseChannel looks at one place of cards, and lists who is in it.
func (c *Client) diagnoseChannel(ctx context.Context, place string) (bots.Finding, []string) {
	f := bots.Finding{Name: "channel " + place}
	broken := func(doing string, err error) (bots.Finding, []string) {
		_, code := Classify(err)
		f.Saw, f.Fix = "cannot "+doing+" ("+code+")", Repair(code)
		return f, nil
	}
	if personID.MatchString(place) {
		if _, err := c.API.GetUserInfoContext(ctx, place); err != nil {
			return broken("look up the person", err)
		}
		f.OK, f.Saw = true, "a person, who is told directly"
		return f, []string{place}
	}
	info, err := c.API.GetConversationInfoContext(ctx, &api.GetConversationInfoInput{ChannelID: place})
	if err != nil {
		return broken("look at it", err)
	}
	if info.IsArchived {
		f.Saw, f.Fix = "is archived", Repair("is_archived")
		return f, nil
	}
	if _, err := c.API.GetConversationHistoryContext(ctx, &api.GetConversationHistoryParameters{ChannelID: place, Limit: 1}); err != nil {
		return broken("read it", err)
	}
	var people []string
	p := api.GetUsersInConversationParameters{ChannelID: place, Limit: memberPage}
	for range memberPages {
		page, cursor, err := c.API.GetUsersInConversationContext(ctx, &p)
		if err != nil {
			return broken("see who is in it", err)
		}
		people = append(people, page...)
		if p.Cursor = cursor; cursor == "" {
			break
		}
	}
	f.OK, f.Saw = true, fmt.Sprintf("#%s, %s", bots.Plain(info.Name, 80), countOf(len(people), "member", "members"))
	if info.IsReadOnly {
		f.Saw += ", read-only for most: a Slack admin must let the app post there"
	}
	return f, people
}

func (c *Client) diagnoseGroups(ctx context.Context) []bots.Finding {
	var out []bots.Finding
	for _, id := range slices.Sorted(maps.Keys(c.Groups)) {
		f := bots.Finding{Name: "group " + id, OK: true}
		users, err := c.API.GetUserGroupMembersContext(ctx, id)
		switch _, code := Classify(err); {
		case err != nil:
			f.OK, f.Saw, f.Fix = false, "cannot be read ("+code+")", Repair(code)
		default:
			f.Saw = c.Groups[id] + ": " + countOf(len(users), "person", "people")
		}
		out = append(out, f)
	}
	return out
}

// approversAsked bounds how many people Diagnose asks Slack about.
const approversAsked = 60

// approvers tells whether anybody who sees the cards could approve one.
func (c *Client) approvers(ctx context.Context, people []string) bots.Finding {
	f := bots.Finding{Name: "approvers"}
	if me := c.OwnName(); me != "" {
		people = slices.DeleteFunc(people, func(u string) bool { return u == me })
	}
	var may []string
	why := map[string]int{}
	for i, user := range people {
		if i == approversAsked && len(may) == 0 {
			why["not looked at"] += len(people) - i
			break
		}
		if len(may) == 3 || i == approversAsked {
			break
		}
		a, err := c.Agent(ctx, user, "")
		switch {
		case err != nil:
			why[pipeline.Say(err)]++
		case c.Approves != nil && !c.Approves(a.Role):
			why["their role ("+a.Role+") may not decide"]++
		default:
			may = append(may, bots.Plain(a.Name, 60))
		}
	}
	if len(may) > 0 {
		f.OK, f.Saw = true, strings.Join(may, ", ")+" can approve"
		if len(people) > len(may) {
			f.Saw += ", of " + countOf(len(people), "person", "people")
		}
		return f
	}
	f.Saw = "nobody who sees the cards could approve one"
	var reasons []string
	for _, say := range slices.Sorted(maps.Keys(why)) {
		reasons = append(reasons, fmt.Sprintf("%d × %s", why[say], bots.Plain(strings.TrimSuffix(say, "."), 120)))
	}
	if len(reasons) > 0 {
		f.Saw += ": " + strings.Join(reasons[:min(4, len(reasons))], "; ")
	}
	f.Fix = "Invite agents into the channel, and give them an account with the same e-mail address as in Slack: footnote people add <e-mail> --role agent."
	return f
}

func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
