package bench

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// Words that benchmark documents and questions are made of. Help-centre prose
// repeats few words often and many words seldom; pick draws them that way.
var (
	things  = strings.Fields("account invoice booking calendar payment reader membership voucher refund webhook domain report import export reminder waitlist studio class teacher room discount tax payout receipt password device backup template role permission session filter widget schedule holiday location currency coupon archive notification")
	actions = strings.Fields("create change cancel delete connect export import pair reset update enable disable share archive restore duplicate move verify renew schedule print send block merge split")
	traits  = strings.Fields("monthly yearly expired pending failed offline shared private duplicate missing overdue partial temporary default custom hidden pinned recurring manual automatic")
)

func pick(r *rand.Rand, words []string) string {
	x := r.Float64()
	return words[int(x*x*float64(len(words)))]
}

// WriteDocuments writes n help-centre pages of about 350 words.
func WriteDocuments(dir string, n int) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write documents: %w", err)
	}
	for i := range n {
		r := rand.New(rand.NewPCG(1, uint64(i)))
		var b strings.Builder
		title := fmt.Sprintf("%s a %s %s", capital(pick(r, actions)), pick(r, traits), pick(r, things))
		fmt.Fprintf(&b, "---\ntitle: %s (%d)\nurl: https://help.bench.example/%d\nproduct: bench\nlocale: en\naudience: public\n---\n\n", title, i, i)
		for range 4 {
			fmt.Fprintf(&b, "## %s the %s\n\n", capital(pick(r, actions)), pick(r, things))
			for range 5 {
				fmt.Fprintf(&b, "To %s a %s %s you open the %s page, choose %s and wait %d minutes until the %s shows it. ",
					pick(r, actions), pick(r, traits), pick(r, things), pick(r, things), pick(r, actions), 1+r.IntN(60), pick(r, things))
			}
			fmt.Fprintf(&b, "\n\n1. Go to **%s**.\n2. Press **%s**.\n3. Confirm the %s.\n\n", capital(pick(r, things)), capital(pick(r, actions)), pick(r, things))
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.md", i)), []byte(b.String()), 0o644); err != nil {
			return fmt.Errorf("write documents: %w", err)
		}
	}
	return nil
}

func question(r *rand.Rand) string {
	return fmt.Sprintf("Hello, how can I %s a %s %s? The %s says %s and I need it before the %s.",
		pick(r, actions), pick(r, traits), pick(r, things), pick(r, things), pick(r, traits), pick(r, things))
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
