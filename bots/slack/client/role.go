package client

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"footnote/pipeline"
)

const (
	groupFor   = 5 * time.Minute // how long a group's members are remembered
	groupStale = time.Hour       // and still believed while Slack does not answer
)

// roles in the order of what they may do; a person in several groups has the
// last of theirs.
var ranks = []string{"agent", "owner", "manager", "admin"}

// groupCache remembers the members of the mapped user groups.
type groupCache struct {
	mu      sync.Mutex // held while Slack is asked: one question at a time
	members map[string][]string
	at      time.Time
}

func (g *groupCache) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.at = time.Time{}
}

// GroupsChanged forgets who is in which user group.
func (c *Client) GroupsChanged() { c.groups.forget() }

// roleOf returns the role that the mapped user groups give a person, by any of the
// ids that Slack has for one, and false
// when none does. Unavailable when Slack does not tell.
func (c *Client) roleOf(ctx context.Context, ids []string) (string, bool, error) {
	g := &c.groups
	g.mu.Lock()
	defer g.mu.Unlock()
	if age := c.Now().Sub(g.at); g.members == nil || age >= groupFor {
		fresh, err := c.askGroups(ctx)
		switch {
		case err == nil:
			g.members, g.at = fresh, c.Now()
		case g.members == nil || g.at.IsZero() || age > groupStale:
			c.Log.Error("user groups not read", "error", err)
			return "", false, pipeline.Errorf(pipeline.Unavailable, "Slack did not tell which groups you are in, so nothing was done. Try again in a moment.")
		default:
			c.Log.Warn("user groups not read; going on with what is known", "error", err)
		}
	}
	best := -1
	for id, role := range c.Groups {
		if slices.ContainsFunc(ids, func(u string) bool { return slices.Contains(g.members[id], u) }) {
			best = max(best, slices.Index(ranks, role))
		}
	}
	if best < 0 {
		return "", false, nil
	}
	return ranks[best], true, nil
}

// askGroups asks Slack for the members of every mapped group.
func (c *Client) askGroups(ctx context.Context) (map[string][]string, error) {
	out := map[string][]string{}
	for _, id := range slices.Sorted(maps.Keys(c.Groups)) {
		users, err := c.API.GetUserGroupMembersContext(ctx, id)
		if err != nil {
			if _, code := Classify(err); code == "no_such_subteam" || code == "subteam_not_found" {
				c.Log.Error("a mapped user group does not exist", "group", id)
				out[id] = nil
				continue
			}
			return nil, c.Refusal("groups", "read user group", err)
		}
		out[id] = users
	}
	return out, nil
}

// ranked gives the account the role of the person's user groups, where groups
// are mapped. Whoever is in none of them is Denied; an administrator's account
// always may, so that a wrong mapping can be mended.
func (c *Client) ranked(ctx context.Context, ids []string, a pipeline.Agent) (pipeline.Agent, error) {
	if len(c.Groups) == 0 || a.Role == "admin" {
		return a, nil
	}
	role, ok, err := c.roleOf(ctx, ids)
	if err != nil {
		return a, err
	}
	if !ok {
		return a, pipeline.Errorf(pipeline.Denied, "You are in none of the Slack groups that may use Footnote. Ask whoever manages them to add you.")
	}
	a.Role = role
	return a, nil
}

// checkGroups returns what is wrong with the mapping.
func checkGroups(groups map[string]string) string {
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		if !strings.HasPrefix(id, "S") || !slices.Contains(ranks, groups[id]) {
			return "each user group is an id such as S0123456789 with one of the roles " + strings.Join(ranks, ", ")
		}
	}
	return ""
}
