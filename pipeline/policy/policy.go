package policy

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Action is what happens to a reply.
type Action string

const (
	Allow   Action = "allow"
	Confirm Action = "confirm" // it is named, and whoever approves lets it pass
	Block   Action = "block"
)

// Who may let pass what is to be confirmed.
const (
	ByAgent   = "agent"
	ByManager = "manager" // a lead is a manager
)

// Commitment is what may be said about one category. Empty fields are as they are in
// what it changes; of a category of one's own, allow.
type Commitment struct {
	Promise Action   `yaml:"promise"`
	Policy  Action   `yaml:"policy"`
	Refusal Action   `yaml:"refusal"`
	By      string   `yaml:"by"`
	Words   []string `yaml:"words"` // more phrases that speak of it, in any language; see words.yaml

	phrases []phrase
}

// Measure is what happens when a reply has something.
type Measure struct {
	Do         Action   `yaml:"do"`
	By         string   `yaml:"by"`
	Words      []string `yaml:"words"`      // of competitors and forbidden
	Characters int      `yaml:"characters"` // of length
	Text       string   `yaml:"text"`       // of closing
	Person     string   `yaml:"person"`     // of formality: formal or informal

	phrases []phrase
}

// Rules are the policy of one queue.
type Rules struct {
	Commitments map[string]Commitment `yaml:"commitments"`
	Repetition  Measure               `yaml:"repetition"`
	Insults     Measure               `yaml:"insults"`
	Curt        Measure               `yaml:"curt"`
	Competitors Measure               `yaml:"competitors"`
	Forbidden   Measure               `yaml:"forbidden"`
	Length      Measure               `yaml:"length"`
	Closing     Measure               `yaml:"closing"`
	Formality   Measure               `yaml:"formality"`

	own map[string][]phrase // phrases of Commitments
}

// Policy is a file that was read without a fault.
type Policy struct {
	Name string
	// Version names the text: the first 12 hex digits of its SHA-256.
	Version string
	Text    string

	rules  Rules
	queues map[string]Rules
}

type file struct {
	Name    string           `yaml:"name"`
	Default Rules            `yaml:"default"`
	Queues  map[string]Rules `yaml:"queues"`
}

//go:embed default.yaml
var shippedYAML []byte

var shipped = func() *Policy {
	p, err := read0(shippedYAML, Rules{})
	if err != nil {
		panic("policy: default.yaml: " + err.Error())
	}
	p.Name = "shipped"
	return p
}()

// Shipped returns the policy that holds without a file.
func Shipped() *Policy { return shipped }

// Example returns the text of the policy that ships.
func Example() string { return string(shippedYAML) }

// Parse reads a policy file. The error joins one for each fault, each with its line
// and what to write instead.
func Parse(b []byte) (*Policy, error) { return read0(b, shipped.rules) }

func read0(b []byte, base Rules) (*Policy, error) {
	var f file
	if err := yaml.UnmarshalWithOptions(b, &f, yaml.Strict()); err != nil {
		return nil, errors.New(strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	p := &Policy{Name: f.Name, Text: string(b), queues: map[string]Rules{}}
	sum := sha256.Sum256(b)
	p.Version = hex.EncodeToString(sum[:])[:12]
	var faults []error
	fault := func(path, say string, args ...any) {
		faults = append(faults, fmt.Errorf("%s%s: %s", lineOf(b, path), strings.TrimPrefix(path, "$."), fmt.Sprintf(say, args...)))
	}
	p.rules = base.with(f.Default, "$.default", fault)
	for _, q := range slices.Sorted(maps.Keys(f.Queues)) {
		p.queues[q] = p.rules.with(f.Queues[q], "$.queues."+q, fault)
	}
	return p, errors.Join(faults...)
}

// lineOf says in which line a path of the file stands.
func lineOf(b []byte, path string) string {
	for path != "$" {
		if at, err := yaml.PathString(path); err == nil {
			if node, err := at.ReadNode(strings.NewReader(string(b))); err == nil && node.GetToken() != nil {
				return fmt.Sprintf("line %d, ", node.GetToken().Position.Line)
			}
		}
		i := strings.LastIndexByte(path, '.')
		if i < 0 {
			break
		}
		path = path[:i]
	}
	return ""
}

// with returns the rules as another set changes them, and names its faults.
func (r Rules) with(o Rules, path string, fault func(path, say string, args ...any)) Rules {
	out := r
	out.Commitments, out.own = maps.Clone(r.Commitments), map[string][]phrase{}
	if out.Commitments == nil {
		out.Commitments = map[string]Commitment{}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Commitments)) {
		c, at := o.Commitments[name], path+".commitments."+name
		was, known := out.Commitments[name]
		if !known && !slices.Contains(categories, name) && len(c.Words) == 0 {
			fault(at, "there is no category %q; write one of %s, or give it words of its own: words: [warranty, garantie*]", name, strings.Join(categories, ", "))
		}
		if c.Promise == "" && c.Policy == "" && c.Refusal == "" && c.By == "" && len(c.Words) == 0 {
			fault(at, "it says nothing; write e.g. {promise: confirm, by: manager}")
		}
		was.Promise, was.Policy, was.Refusal = action(c.Promise, was.Promise, at+".promise", fault), action(c.Policy, was.Policy, at+".policy", fault), action(c.Refusal, was.Refusal, at+".refusal", fault)
		was.By = who(c.By, was.By, at+".by", fault)
		was.phrases = append(slices.Clone(was.phrases), phrasesOf(c.Words, at+".words", fault)...)
		was.Words = append(slices.Clone(was.Words), c.Words...)
		out.Commitments[name] = was
	}
	for name, c := range out.Commitments {
		if len(c.phrases) > 0 || !slices.Contains(categories, name) {
			out.own[name] = c.phrases
		}
	}
	for _, m := range []struct {
		name    string
		to      *Measure
		from    Measure
		missing bool
		say     string
	}{
		{"repetition", &out.Repetition, o.Repetition, false, ""},
		{"insults", &out.Insults, o.Insults, false, ""},
		{"curt", &out.Curt, o.Curt, false, ""},
		{"competitors", &out.Competitors, o.Competitors, len(o.Competitors.Words) == 0, "name them: words: [Acme, Globex]"},
		{"forbidden", &out.Forbidden, o.Forbidden, len(o.Forbidden.Words) == 0, "name them: words: [cheap, asap]"},
		{"length", &out.Length, o.Length, o.Length.Characters <= 0, "say how many: characters: 1500"},
		{"closing", &out.Closing, o.Closing, strings.TrimSpace(o.Closing.Text) == "", "write it: text: Kind regards"},
		{"formality", &out.Formality, o.Formality, o.Formality.Person != "formal" && o.Formality.Person != "informal", "write person: formal (Sie, vous, usted) or person: informal (du, tu, tú)"},
	} {
		m.to.take(m.from, path+"."+m.name, m.missing, m.say, fault)
	}
	return out
}

func (m *Measure) take(o Measure, path string, missing bool, say string, fault func(path, say string, args ...any)) {
	if o.Do == "" && o.By == "" && len(o.Words) == 0 && o.Characters == 0 && o.Text == "" && o.Person == "" {
		return
	}
	if missing && o.Do != Allow {
		fault(path, "%s", say)
	}
	was := m.Do
	if was == "" {
		was = Confirm
	}
	o.Do, o.By = action(o.Do, was, path+".do", fault), who(o.By, m.By, path+".by", fault)
	o.phrases = phrasesOf(o.Words, path+".words", fault)
	*m = o
}

func action(a, was Action, path string, fault func(path, say string, args ...any)) Action {
	switch a {
	case "":
		if was == "" {
			return Allow
		}
		return was
	case Allow, Confirm, Block:
	default:
		fault(path, "%q is no action; write allow, confirm or block", a)
	}
	return a
}

func who(by, was, path string, fault func(path, say string, args ...any)) string {
	switch by {
	case "":
		return was
	case ByAgent, ByManager:
		return by
	case "lead":
		return ByManager
	}
	fault(path, "%q may not confirm; write agent, lead or manager", by)
	return by
}

func phrasesOf(words []string, path string, fault func(path, say string, args ...any)) []phrase {
	var out []phrase
	for _, w := range words {
		p, err := phraseOf(w)
		if err != nil {
			fault(path, "%v", err)
			continue
		}
		out = append(out, p)
	}
	return out
}

// For returns the rules of a queue; those of every queue when it has none of its own.
func (p *Policy) For(queue string) Rules {
	if r, ok := p.queues[queue]; ok {
		return r
	}
	return p.rules
}
