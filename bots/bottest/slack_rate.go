package bottest

import "time"

// slackRate is one method's limit, as a bucket of tokens for each channel.
type slackRate struct {
	every time.Duration
	burst int
	full  map[string]time.Time // by channel: when the bucket is full again
}

// Limit lets a method be called once in every, after a burst, for each channel:
// what is faster is answered 429 with Retry-After in whole seconds. It ages by
// the clock of SetClock. Slack's own figures: chat.postMessage about one a
// second and channel, chat.update about 50 a minute.
func (s *Slack) Limit(method string, every time.Duration, burst int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rates == nil {
		s.rates = map[string]*slackRate{}
	}
	s.rates[method] = &slackRate{every: every, burst: burst, full: map[string]time.Time{}}
}

// tooFast tells how long a caller has to wait; 0 takes a token.
func (s *Slack) tooFast(method string, args slackArgs) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rates[method]
	if r == nil {
		return 0
	}
	now := s.now()
	full := r.full[args["channel"]]
	if full.Before(now) {
		full = now
	}
	if wait := full.Add(r.every).Sub(now) - time.Duration(r.burst)*r.every; wait > 0 {
		return wait
	}
	r.full[args["channel"]] = full.Add(r.every)
	return 0
}
