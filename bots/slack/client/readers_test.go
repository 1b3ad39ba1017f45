package client

import (
	"testing"

	api "github.com/slack-go/slack"
)

// TestColleague: who may read internal words.
func TestColleague(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		u    api.User
		want bool
	}{
		"member":           {api.User{TeamID: "T1"}, true},
		"guest":            {api.User{TeamID: "T1", IsRestricted: true}, false},
		"one channel":      {api.User{TeamID: "T1", IsRestricted: true, IsUltraRestricted: true}, false},
		"other company":    {api.User{TeamID: "T2"}, false},
		"its bot":          {api.User{TeamID: "T2", IsBot: true}, false},
		"sister":           {api.User{TeamID: "T2", Enterprise: api.EnterpriseUser{EnterpriseID: "E1", Teams: []string{"T2"}}}, true},
		"sister's guest":   {api.User{TeamID: "T2", IsRestricted: true, Enterprise: api.EnterpriseUser{EnterpriseID: "E1"}}, false},
		"of the whole org": {api.User{ID: "W1", TeamID: "E1", Enterprise: api.EnterpriseUser{EnterpriseID: "E1"}}, true},
		"other enterprise": {api.User{TeamID: "T2", Enterprise: api.EnterpriseUser{EnterpriseID: "E2", Teams: []string{"T2"}}}, false},
		"stranger":         {api.User{IsStranger: true}, false},
		"bot":              {api.User{TeamID: "T1", IsBot: true}, true},
		"former guest":     {api.User{TeamID: "T1", IsRestricted: true, Deleted: true}, true},
		"former outsider":  {api.User{TeamID: "T2", Deleted: true}, false},
		"Slack's own user": {api.User{ID: "USLACKBOT"}, true},
	} {
		if got := colleague(&c.u, Self{team: "T1", enterprise: "E1"}); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
