package bottest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// SetMembers says who is in a channel besides the bot. A channel about which
// nothing was said has the bot only.
func (s *Slack) SetMembers(channel string, users ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.surface.members[channel] = slices.Clone(users)
}

// Join lets a person into a channel and tells the app.
func (s *Slack) Join(ctx context.Context, channel, user string) error {
	s.mu.Lock()
	s.surface.members[channel] = append(slices.Clone(s.surface.members[channel]), user)
	id := s.id("Ev")
	s.mu.Unlock()
	return s.Event(ctx, id, map[string]any{"type": "member_joined_channel", "user": user, "channel": channel, "channel_type": "C", "team": SlackTeam}, 0)
}

// channelMembers lists who is in a channel, a page at a time. Slack lists the
// members of public channels whether or not the bot is in them.
func (s *Slack) channelMembers(a slackArgs) (slackReply, error) {
	if _, ok := s.channels[a["channel"]]; !ok {
		return nil, refuse("channel_not_found")
	}
	limit, err := strconv.Atoi(a["limit"])
	if a["limit"] == "" {
		limit, err = 100, nil
	}
	if err != nil || limit < 1 || limit > 1000 {
		return nil, refuse("invalid_limit")
	}
	all := append([]string{SlackBotUser}, s.surface.members[a["channel"]]...)
	from := 0
	if c, ok := strings.CutPrefix(a["cursor"], "m"); ok {
		if from, err = strconv.Atoi(c); err != nil || from > len(all) {
			return nil, refuse("invalid_cursor")
		}
	}
	end, next := min(len(all), from+limit), ""
	if end < len(all) {
		next = fmt.Sprintf("m%d", end)
	}
	return slackReply{"members": all[from:end], "response_metadata": map[string]any{"next_cursor": next}}, nil
}
