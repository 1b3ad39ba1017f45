package bots

import "context"

// Finding is one thing that was checked at a desk's real account.
type Finding struct {
	Name string // credentials, scopes, webhook, clock, …
	OK   bool
	// Saw is what was found, Fix what to do about it; Fix is empty when OK.
	// Neither holds a secret.
	Saw, Fix string
}

// Checker is a desk that can prove its settings against the real account.
type Checker interface {
	// Check looks at credentials, scopes, webhook and clock, in this order,
	// with reading calls only. hook is the public address of our route
	// /hooks/{name}. What cannot be found out is a Finding that says so; it
	// never fails as a whole.
	Check(ctx context.Context, hook string) []Finding
}

// Installation is what Setup did, and what is left for a person.
type Installation struct {
	Did   []string          // in order
	Steps []string          // exact clicks, in order; empty when nothing is left
	Set   map[string]string // settings to keep, by key without the desk's prefix ("secret")
}

// Installer is a desk that can prepare the account for Footnote.
type Installer interface {
	// Setup creates the webhook to hook where the platform's API allows it,
	// else it says which clicks make one. Run twice it leaves one webhook.
	// Kinds as Reader's, and Invalid for an address the platform cannot take.
	Setup(ctx context.Context, hook string) (Installation, error)
}
