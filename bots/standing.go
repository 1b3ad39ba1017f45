package bots

import (
	"context"
	"strings"
	"sync"
	"time"

	"footnote/pipeline"
)

// Standing is under whose name a reply that an agent approves would stand.
type Standing struct {
	// Own: under that agent's own name.
	Own bool
	// Name is whose it would be, as the desk shows it; empty: not known.
	Name string
	// Why tells the agent, as a whole sentence, what keeps their name away and what
	// would give it; empty when Own.
	Why string
	// Held: the desk would not get such a reply at all until that is mended.
	Held bool
}

// Signer is a desk that can tell in whose name a reply goes; all adapters are.
type Signer interface {
	// Standing looks an agent up by the address of their account, as Post does. What
	// was found holds for a while, so that it costs no call each time. Kinds as
	// Reader's.
	Standing(ctx context.Context, a pipeline.Agent) (Standing, error)
}

// Roster remembers whom a desk knows by an e-mail address, for a while only: who is
// added there, or whose key is mended, counts without a restart. The zero value works;
// it is safe for concurrent use.
type Roster[T any] struct {
	Now func() time.Time // nil: time.Now

	mu    sync.Mutex
	known map[string]rosterRow[T]
}

type rosterRow[T any] struct {
	who   T
	there bool
	until time.Time
}

// Who is there stays so for longer than who is not: somebody may be mending that.
const (
	rosterThere  = time.Hour
	rosterAbsent = 5 * time.Minute
	maxRoster    = 4096
)

// Address is an e-mail address as accounts and desks are matched by it.
func Address(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// Find asks for an address unless the answer is known; false for nobody, and without
// asking for no address. An error is not remembered.
func (r *Roster[T]) Find(ctx context.Context, address string, ask func(context.Context, string) (who T, there bool, err error)) (who T, there bool, err error) {
	if address = Address(address); address == "" {
		return who, false, nil
	}
	r.mu.Lock()
	row, ok := r.known[address]
	r.mu.Unlock()
	if ok && r.now().Before(row.until) {
		return row.who, row.there, nil
	}
	if who, there, err = ask(ctx, address); err == nil {
		r.Put(address, who, there)
	}
	return who, there, err
}

// Put takes in what was found out otherwise, such as by a refusal.
func (r *Roster[T]) Put(address string, who T, there bool) {
	keeps := rosterAbsent
	if there {
		keeps = rosterThere
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || len(r.known) >= maxRoster {
		r.known = map[string]rosterRow[T]{}
	}
	r.known[Address(address)] = rosterRow[T]{who, there, r.now().Add(keeps)}
}

// Forget has an address asked for again.
func (r *Roster[T]) Forget(address string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, Address(address))
}

func (r *Roster[T]) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}

// refusedAgent is why an address gets nobody's name at a desk with a list of agents.
func refusedAgent(platform, address string) string {
	return platform + " has no active agent with the address " + Plain(address, 100) + ", which your account here has. Give that agent the same address there."
}

// ByAddress is the Standing at a desk that writes in the name of any of its agents.
// own is the name of the account that Footnote uses there.
func ByAddress(platform string, a pipeline.Agent, there bool, own string) Standing {
	switch {
	case there:
		return Standing{Own: true, Name: a.Name}
	case Address(a.Email) == "":
		return Standing{Name: own, Why: "Your account here has no e-mail address to find you by at " + platform + "."}
	}
	return Standing{Name: own, Why: refusedAgent(platform, a.Email)}
}

// Keyed is the Standing at a desk that acts for nobody, where each agent's own key
// writes in that agent's name.
type Keyed struct {
	Platform string
	Desk     string // for the names of settings
	Keys     string // the setting with the keys: agent_keys
	Instead  bool   // a refused key gives way to the team's account
}

// KeyOf is what a key was found to be.
type KeyOf struct {
	Name, Email string // whose it is
	Refused     bool   // the desk takes it no more
}

// Standing tells what a key means for its agent. has is false where the settings hold
// none; own is the name of the account that Footnote uses.
func (k Keyed) Standing(a pipeline.Agent, has bool, key KeyOf, own string) Standing {
	address, setting := Plain(Address(a.Email), 100), Setting(k.Desk, k.Keys)
	switch {
	case address == "":
		return Standing{Name: own, Why: "Your account here has no e-mail address, by which " + setting + " could name your key."}
	case !has:
		return Standing{Name: own, Why: setting + " has no key of " + address + ", the address of your account here. An administrator adds it."}
	case !key.Refused && Address(key.Email) == Address(a.Email):
		return Standing{Own: true, Name: key.Name}
	}
	s := Standing{Name: own, Held: !k.Instead, Why: "The key of " + address + " in " + setting + " is refused by " + k.Platform + ". Make that agent's key anew there and correct the setting"}
	if !key.Refused {
		s.Why = "The key of " + address + " in " + setting + " is " + Plain(key.Email, 100) + "'s. Correct the setting"
	}
	if s.Held {
		s.Why += ", or let replies go out under the team's account: " + Setting(k.Desk, "agent_fallback") + "=true"
	}
	s.Why += "."
	return s
}

// PostByKey writes a reply with the key of the agent who approved it, and where Standing
// says that the key is not theirs or is refused, as the team's account or not at all. A
// key that the desk refuses just then, though it was good when it was looked at, is
// looked at once more: the desk has nothing, for it refused. keys has each agent's by
// address; write with an empty key writes as the team.
func PostByKey(ctx context.Context, d Signer, a pipeline.Agent, keys map[string]string, known *Roster[KeyOf], write func(key string) (string, error)) (string, error) {
	s, err := d.Standing(ctx, a)
	if err != nil {
		return "", BeforePost(err)
	}
	if s.Held {
		return "", s.Refuse()
	}
	key := ""
	if s.Own {
		key = keys[Address(a.Email)]
	}
	id, err := write(key)
	if key == "" || !keyRefused(err) {
		return id, err
	}
	known.Forget(a.Email)
	s, lost := d.Standing(ctx, a)
	switch {
	case lost != nil || s.Own: // it was for another reason
		return id, err
	case s.Held:
		return "", s.Refuse()
	}
	return write("")
}

// Refuse is the error of Post for a Standing that is Held.
func (s Standing) Refuse() error {
	return &PostError{Verdict: Refused, Say: strings.TrimSuffix(s.Why, ".")}
}

// keyRefused tells whether a desk refused a reply because of the key that it came with.
func keyRefused(err error) bool {
	pe, ok := AsPostError(err)
	return ok && pe.Verdict == Refused && (pe.Status == 401 || pe.Status == 403)
}
