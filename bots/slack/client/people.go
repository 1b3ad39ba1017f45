package client

import (
	"context"
	"slices"
	"time"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// userFor is how long what Slack says about a person is remembered. Accounts
// are looked up each time.
const userFor = 5 * time.Minute

// Agent returns the account of the person who pressed. Denied, with a sentence
// for the person, for guests, bots, people of other workspaces, people without
// a visible address and people without an account; Unavailable when Slack does
// not tell.
func (c *Client) Agent(ctx context.Context, user, team string) (pipeline.Agent, error) {
	if user == "" || user == "USLACKBOT" {
		return pipeline.Agent{}, pipeline.Errorf(pipeline.Denied, "Only people may use Footnote.")
	}
	me, err := c.Whoami(ctx)
	if err != nil {
		return pipeline.Agent{}, pipeline.Errorf(pipeline.Unavailable, "Slack did not tell who you are. Nothing was changed; press again.")
	}
	p, ok := c.users.get(user, c.Now())
	if !ok {
		if p, err = c.lookUp(ctx, user, me); err != nil {
			return pipeline.Agent{}, err
		}
		c.users.put(user, p, c.Now().Add(userFor))
	}
	if team != "" && team != me.team && !p.sister { // people of sister workspaces press from their own
		return pipeline.Agent{}, errOutsider
	}
	a, err := c.People.AgentByEmail(ctx, p.email)
	if pipeline.KindOf(err) == pipeline.NotFound {
		return pipeline.Agent{}, pipeline.Errorf(pipeline.Denied, "There is no Footnote account for %s. Ask a Footnote admin to add you.", layout.Line(p.email, 100))
	}
	if err != nil {
		return a, err
	}
	return c.ranked(ctx, p.ids, a)
}

// person is what Slack says of somebody who may act.
type person struct {
	email  string
	ids    []string // in this workspace, and in the enterprise (W… or U…): user groups name either
	sister bool     // known in an enterprise: may be signed in to another of its workspaces
}

var errOutsider = pipeline.Errorf(pipeline.Denied, "You are signed in to another workspace. Only members of this one may use Footnote.")

// lookUp asks Slack about a person who wants to act.
func (c *Client) lookUp(ctx context.Context, user string, me Self) (person, error) {
	none := person{}
	u, err := c.API.GetUserInfoContext(ctx, user)
	if err != nil {
		c.Log.Warn("person not looked up", "user", user, "error", c.Failure("look up person", err))
		return none, pipeline.Errorf(pipeline.Unavailable, "Slack did not tell who you are. Nothing was changed; press again.")
	}
	switch {
	case u.IsBot || u.IsAppUser || u.IsWorkflowBot || u.IsConnectorBot:
		return none, pipeline.Errorf(pipeline.Denied, "Only people may use Footnote.")
	case u.Deleted:
		return none, pipeline.Errorf(pipeline.Denied, "This Slack account was deactivated.")
	case foreign(u, me):
		return none, errOutsider
	case guest(u):
		return none, pipeline.Errorf(pipeline.Denied, "Guests may not decide about drafts or ask Footnote. Ask a full member of this workspace.")
	case u.Profile.Email == "":
		return none, pipeline.Errorf(pipeline.Denied, "Slack does not show your e-mail address to Footnote, so it cannot find your account. Ask a Slack admin.")
	}
	ids := []string{user}
	for _, id := range []string{u.ID, u.Enterprise.ID} {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return person{email: u.Profile.Email, ids: ids, sister: sister(u, me)}, nil
}

// foreign tells whether the person is of another workspace than ours, and of none of
// its sisters in the same enterprise.
func foreign(u *api.User, me Self) bool {
	if sister(u, me) { // Slack calls members of sister workspaces strangers
		return false
	}
	return u.IsStranger || u.TeamID != "" && u.TeamID != me.team
}

// sister tells whether the person is known in our enterprise, in whichever of its
// workspaces: by its id, or by our workspace among theirs, which is all that some
// tokens are told.
func sister(u *api.User, me Self) bool {
	return slices.Contains(u.Enterprise.Teams, me.team) ||
		me.enterprise != "" && (u.Enterprise.EnterpriseID == me.enterprise || u.TeamID == me.enterprise)
}

// guest tells whether the person is a guest, of one channel or of several.
func guest(u *api.User) bool { return u.IsRestricted || u.IsUltraRestricted }

// OwnName is our own user id, once Slack told it.
func (c *Client) OwnName() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.me.User
}
