package slack

import (
	"context"
	"strings"
	"sync"
	"time"

	api "github.com/slack-go/slack"

	"footnote/pipeline"
)

// ask answers the request's question from the knowledge. staff says that a
// colleague asks for themselves: internal sources are then allowed, unless
// outsiders read along.
func (c *Chat) ask(ctx context.Context, r *request, by pipeline.Agent, staff bool) (ending, error) {
	if c.cfg.Asker == nil {
		return ending{}, pipeline.Errorf(pipeline.Unavailable, "Questions cannot be answered here: the knowledge is not part of this process.")
	}
	q := c.question(ctx, *r)
	if strings.TrimSpace(shown(q)) == "" {
		return ending{}, pipeline.Errorf(pipeline.Invalid, "There is no question to answer: the message has no words.")
	}
	r.shared = c.outsiders(ctx, *r)
	internal := staff && !r.shared
	d, err := c.cfg.Asker.Ask(ctx, Question{Text: q, By: by, Internal: internal})
	if err != nil {
		return ending{}, err
	}
	if !internal && citesInternal(d) {
		return ending{}, pipeline.Errorf(pipeline.Internal, "an answer for outsiders cites an internal source")
	}
	r.answer = &d
	return c.shown(*r, d), nil
}

// shown is how a request ends that was answered from the knowledge.
func (c *Chat) shown(r request, d pipeline.Draft) ending {
	a := Answer{Question: readable(r.words(), c.ownName()), Draft: d, Reference: r.ref, Customer: r.surface == fromShortcut}
	a.PublicOnly = r.surface != fromShortcut && r.shared
	o := ending{state: stateAnswered, page: a.page()}
	if d.Abstained != "" {
		o.state, o.say = stateAbstained, sentence(d.Abstained)
	}
	return o
}

func (c *Chat) ownName() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.me.user
}

// citesInternal tells whether anything of the draft is not for outsiders.
func citesInternal(d pipeline.Draft) bool {
	for _, x := range d.Citations() {
		if x.Audience != pipeline.Public {
			return true
		}
	}
	for _, h := range d.Nearest {
		if h.Passage.Audience != pipeline.Public {
			return true
		}
	}
	return false
}

// channelFor is how long what Slack says about a channel is remembered.
const channelFor = time.Minute

// channelCache remembers which channels are shared with other workspaces.
type channelCache struct {
	mu sync.Mutex
	m  map[string]knownChannel
}

type knownChannel struct {
	shared bool
	until  time.Time
}

func (k *channelCache) forget(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.m, id)
}

// outsiders tells whether people of other companies can read what is said in
// the request's channel. When Slack does not tell, it is taken for granted.
func (c *Chat) outsiders(ctx context.Context, r request) bool {
	switch {
	case r.shared:
		return true
	case r.channel == "" || strings.HasPrefix(r.channel, "D"):
		return false // a conversation with this person, who is a member
	}
	k := &c.channels
	k.mu.Lock()
	known, ok := k.m[r.channel]
	k.mu.Unlock()
	if ok && c.now().Before(known.until) {
		return known.shared
	}
	info, err := c.api.GetConversationInfoContext(ctx, &api.GetConversationInfoInput{ChannelID: r.channel})
	if err != nil {
		c.log.Info("Slack does not tell who reads the channel; public sources only", "channel", r.channel, "error", err)
		return true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.m == nil || len(k.m) > 10_000 {
		k.m = map[string]knownChannel{}
	}
	k.m[r.channel] = knownChannel{info.IsExtShared || info.IsPendingExtShared, c.now().Add(channelFor)}
	return k.m[r.channel].shared
}
