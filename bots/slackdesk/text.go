package slackdesk

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// escape is for text that goes to Slack.
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

var stamp = regexp.MustCompile(`^([0-9]{9,11})\.([0-9]{6})$`)

// stampOf is the time of a message's timestamp, which is its identifier too;
// false for what is none.
func stampOf(ts string) (time.Time, bool) {
	m := stamp.FindStringSubmatch(ts)
	if m == nil {
		return time.Time{}, false
	}
	s, _ := strconv.ParseInt(m[1], 10, 64) // digits
	us, _ := strconv.ParseInt(m[2], 10, 64)
	return time.Unix(s, us*1000).UTC(), true
}

// stampAt writes a time as a timestamp, for asking what is older or newer.
func stampAt(t time.Time) string {
	us := max(t.UnixMicro(), 0)
	frac := strconv.FormatInt(us%1_000_000, 10)
	return strconv.FormatInt(us/1_000_000, 10) + "." + strings.Repeat("0", 6-len(frac)) + frac
}
