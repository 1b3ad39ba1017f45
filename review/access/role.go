package access

import "slices"

// The roles. An agent answers customers, an owner curates sources, a manager
// reads reports and leads agents, an admin may do everything.
const (
	RoleAgent   = "agent"
	RoleOwner   = "owner"
	RoleManager = "manager"
	RoleAdmin   = "admin"
)

// Roles lists every role, the least permitted first.
var Roles = []string{RoleAgent, RoleOwner, RoleManager, RoleAdmin}

// Known tells whether there is such a role.
func Known(role string) bool { return slices.Contains(Roles, role) }

// Permission names one thing that a role may do.
type Permission string

const (
	SignedIn       Permission = "signed in"
	SeeTickets     Permission = "see tickets and drafts"
	Decide         Permission = "decide on drafts"
	SeeKnowledge   Permission = "see knowledge"
	RemoveSources  Permission = "remove sources"
	DecideAccess   Permission = "decide who may read pages"
	SteerLearning  Permission = "prove and take back what was learned"
	SeeReports     Permission = "see reports"
	SeeAudit       Permission = "see the audit trail"
	SeeOperations  Permission = "see operations"
	Replay         Permission = "replay dead letters"
	Pause          Permission = "pause drafting"
	ManageAccounts Permission = "manage accounts"
)

// permits is the one table of what each role may do. What is not in it is denied.
var permits = map[Permission][]string{
	SignedIn:       {RoleAgent, RoleOwner, RoleManager, RoleAdmin},
	SeeTickets:     {RoleAgent, RoleOwner, RoleManager, RoleAdmin},
	Decide:         {RoleAgent, RoleManager, RoleAdmin},
	SeeKnowledge:   {RoleAgent, RoleOwner, RoleManager, RoleAdmin},
	RemoveSources:  {RoleOwner, RoleAdmin},
	DecideAccess:   {RoleOwner, RoleAdmin},
	SteerLearning:  {RoleOwner, RoleManager, RoleAdmin},
	SeeReports:     {RoleManager, RoleAdmin},
	SeeAudit:       {RoleManager, RoleAdmin},
	SeeOperations:  {RoleManager, RoleAdmin},
	Replay:         {RoleManager, RoleAdmin},
	Pause:          {RoleManager, RoleAdmin},
	ManageAccounts: {RoleAdmin},
}

// May tells whether the role has the permission. Every surface asks it before
// it acts for a person: console pages and chat buttons alike.
func May(role string, p Permission) bool { return slices.Contains(permits[p], role) }
