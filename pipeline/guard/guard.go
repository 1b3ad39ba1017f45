// Package guard checks a draft before a person sees it, and a person's own words
// before they are sent. Checks are pure functions from the draft and what it was
// made of to findings; they call no model, keep no state and do no I/O.
//
// A guard never repairs: drafting decides what to do about a finding. Meaning
// the guards cannot judge (is the right source cited, is the tone kind) is left
// to the person who approves.
//
//	check       looks at                                                        worst
//	schema      text present and not too long, receipts where something is claimed   block
//	receipt     the passage is one of those given, the quote stands at its offsets   block
//	support     share of a sentence's content words that its quotes hold             block
//	support     every other word is accounted for by the quote or the customer          block
//	number      numbers, signs, units, periods, dates and zones agree with the quote     block
//	number      and are said of the same thing                                         block
//	negation    a sentence does not deny what its quote says, or the reverse          block
//	negation    nor turns its bounds and order round ("at least" for "at most")        block
//	negation    nor lets somebody else do what it says                                 block
//	condition   a sentence keeps the conditions and limits of what it quotes           warn
//	answer      the draft speaks of each thing that was asked                          warn
//	audience    no receipt, link or run of eight words from an internal passage      block
//	link        addresses come from cited sources; no images, HTML or disguises      block
//	language    the reply is in the ticket's language                                block
//	age         cited pages that their owner last vouched for long ago               warn
//	commitment  what is promised, stated or refused, by the queue's policy             block
//	style       repetition, rudeness, competitors, style, by the queue's policy        block
//	commitment  nothing is said to have been done: nobody recorded it                  block
//	marker      leftover markers, markup, placeholders, talk about prompts, the canary       block
//	hidden      invisible or look-alike characters                                   block
//	privacy     card numbers, bank accounts, keys that no cited source holds         block
//	demand      asks customers for a secret, or speaks to a machine                  block
package guard

import (
	"footnote/pipeline"
	"footnote/pipeline/policy"
	"footnote/pipeline/text"
)

// Input is a draft and what it was made of.
type Input struct {
	Draft pipeline.Draft
	// Passages are those that the drafter was given. Receipts may cite no others.
	Passages []pipeline.Passage
	// Internal passages are known to be near the question; nothing of them may
	// appear in the reply. May be empty.
	Internal []pipeline.Passage
	// Locale is the ticket's; empty skips the language check.
	Locale string
	// Names may stand in a greeting: the customer's and the agent's.
	Names []string
	// Canary is the secret word of the prompt; empty when there was none.
	Canary string
	// Asked is what the customer wrote, who may have said that a condition is met.
	Asked string
	// Hosts may be linked to besides the sites of cited documents.
	Hosts []string
	// Rules are the policy of the ticket's queue; nil: the policy that ships.
	Rules *policy.Rules
	// Agent means that an agent reads the draft, not a customer: internal
	// sources may be cited.
	Agent bool
}

// TextInput is a reply in a person's words.
type TextInput struct {
	Text string
	// Passages are those that the reply cites.
	Passages []pipeline.Passage
	Internal []pipeline.Passage
	Locale   string
	Canary   string
	Hosts    []string
	// Rules are the policy of the ticket's queue; nil: the policy that ships.
	Rules *policy.Rules
}

// checked is an Input with what several checks need, worked out once.
type checked struct {
	Input
	lang  string
	given map[string]pipeline.Passage
	cited []pipeline.Passage // each once
	text  string
	// proofs are what the receipts of each sentence stand for.
	proofs [][]proof
	read   map[string][]statement // of each cited passage
	human  bool                   // a person's words: no receipts, and the person may add facts
}

// Check runs every check on a draft. The order of findings is the order of the
// table above. An abstention has nothing to check.
func Check(in Input) []pipeline.Finding {
	if in.Draft.Abstained != "" && len(in.Draft.Sentences) == 0 {
		return nil
	}
	c := newChecked(in)
	if out := checkLength(c); len(out) > 0 { // a runaway: nothing else is worth the time
		return out
	}
	var out []pipeline.Finding
	for _, check := range []func(*checked) []pipeline.Finding{
		checkSchema, checkReceipts, checkSupport, checkRiders, checkNumbers, checkNegation, checkSenses, checkExceptions, checkRoles, checkConditions, checkAnswers,
		checkAudience, checkLinks, checkLanguage, checkAge, checkPolicy, checkDone, checkMarkers, checkHidden, checkPrivacy, checkDemands,
	} {
		out = append(out, check(c)...)
	}
	return out
}

// CheckText runs the checks that need no receipts on a person's edited reply:
// audience, links, commitments, markers, hidden characters, privacy, and
// numbers that no cited passage holds (a warning: the person may know better).
func CheckText(in TextInput) []pipeline.Finding {
	d := pipeline.Draft{Sentences: []pipeline.Sentence{{Text: in.Text}}}
	c := newChecked(Input{Draft: d, Passages: in.Passages, Internal: in.Internal, Locale: in.Locale, Canary: in.Canary, Hosts: in.Hosts, Rules: in.Rules})
	c.human, c.cited = true, in.Passages
	if out := checkLength(c); len(out) > 0 {
		return out
	}
	var out []pipeline.Finding
	for _, check := range []func(*checked) []pipeline.Finding{
		checkTextNumbers, checkAudience, checkLinks, checkPolicy, checkMarkers, checkHidden, checkPrivacy, checkDemands,
	} {
		out = append(out, check(c)...)
	}
	for i := range out {
		out[i].Sentence = -1
	}
	return out
}

// Blocked reports whether any finding forbids showing the draft.
func Blocked(findings []pipeline.Finding) bool {
	for _, f := range findings {
		if f.Severity == pipeline.Block {
			return true
		}
	}
	return false
}

func newChecked(in Input) *checked {
	c := &checked{Input: in, given: make(map[string]pipeline.Passage, len(in.Passages)), text: in.Draft.Text()}
	for _, p := range in.Passages {
		c.given[p.ID] = p
	}
	seen := map[string]bool{}
	c.read = map[string][]statement{}
	for _, s := range in.Draft.Sentences {
		c.proofs = append(c.proofs, proofsOf(s, c.given, c.read))
		for _, r := range s.Receipts {
			if p, ok := c.given[r.Passage]; ok && !seen[p.ID] {
				seen[p.ID] = true
				c.cited = append(c.cited, p)
			}
		}
	}
	if c.lang = text.Detect(c.text); c.lang == "" {
		c.lang = text.BaseLanguage(in.Locale)
	}
	if c.lang == "" {
		c.lang = "en"
	}
	return c
}

// may says whether the reader of the reply may see a passage.
func (c *checked) may(p pipeline.Passage) bool {
	return c.Agent || p.Audience == pipeline.Public
}

func one(check string, sev pipeline.Severity, detail string) []pipeline.Finding {
	return []pipeline.Finding{{Check: check, Severity: sev, Sentence: -1, Detail: detail}}
}

func at(check string, sev pipeline.Severity, sentence int, detail string) pipeline.Finding {
	return pipeline.Finding{Check: check, Severity: sev, Sentence: sentence, Detail: detail}
}
