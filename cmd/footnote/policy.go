package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/policy"
	"footnote/pipeline/text"
)

// policySettings are what replies may promise and how they may sound.
type policySettings struct {
	PolicyFile string `yaml:"policy_file" env:"FOOTNOTE_POLICY_FILE" default:"" help:"YAML file that says what replies may promise, and who confirms it; empty: the policy that ships ('footnote policy show'); read anew when it changes"`
}

// policyCmd is `footnote policy`.
type policyCmd struct {
	Check policyCheckCmd `cmd:"" help:"Check a policy file, and say what it would do to a text."`
	Show  policyShowCmd  `cmd:"" help:"Print the policy that ships, to begin one's own with."`
}

type policyShowCmd struct{}

// Run prints the policy that ships.
func (policyShowCmd) Run() error {
	_, err := fmt.Fprint(stdout, policy.Example())
	return err
}

type policyCheckCmd struct {
	File     string `arg:"" type:"path" help:"The policy file."`
	Text     string `help:"A reply to judge; - reads it from standard input."`
	Queue    string `help:"The queue whose rules judge it."`
	Language string `help:"The reply's language, e.g. de; empty: found by its words."`
}

// Run checks the file; with a text it prints every finding.
func (c policyCheckCmd) Run() error {
	p, _, err := policy.Load(c.File)
	if err != nil {
		return pipeline.Errorf(pipeline.Invalid, "the policy would not come into force:\n%w", err)
	}
	_, _ = fmt.Fprintf(stdout, "policy %s is in order\n", p.Version)
	if c.Text == "" {
		return nil
	}
	reply := c.Text
	if reply == "-" {
		b, err := io.ReadAll(io.LimitReader(os.Stdin, 1<<20))
		if err != nil {
			return err
		}
		reply = string(b)
	}
	lang := c.Language
	if lang == "" {
		lang = text.Detect(reply)
	}
	found := p.For(c.Queue).Check([]policy.Said{{Text: reply}}, lang)
	for _, f := range found {
		_, _ = fmt.Fprintf(stdout, "%s %s: %s\n", f.Severity, f.Check, f.Detail)
	}
	if len(found) == 0 {
		_, _ = fmt.Fprintln(stdout, "allowed as it is")
	}
	return nil
}

// judge is review's Policy over the policy in force.
type judge struct{ a *app }

// Judge judges a reply as the guards do: a draft's sentences by their receipts, other
// words by everything that was found.
func (j judge) Judge(ctx context.Context, d pipeline.Draft, queue, words string) (string, []pipeline.Finding) {
	p := j.a.policy.Now(ctx)
	var reply []policy.Said
	if strings.TrimSpace(words) == strings.TrimSpace(d.Text()) {
		for _, s := range d.Sentences {
			reply = append(reply, policy.Said{Text: text.Plain(s.Text), Plain: s.Plain, Proof: quotes(s.Receipts)})
		}
	} else {
		proof := quotes(d.Citations())
		for _, h := range d.Nearest {
			proof += "\n" + text.Plain(h.Passage.Text)
		}
		reply = []policy.Said{{Text: text.Plain(words), Proof: proof}}
	}
	return p.Version, p.For(queue).Check(reply, text.Detect(words))
}

func quotes(rs []pipeline.Receipt) string {
	parts := make([]string, len(rs))
	for i, r := range rs {
		parts[i] = text.Plain(r.Quote)
	}
	return strings.Join(parts, "\n")
}
