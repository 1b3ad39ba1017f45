package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"footnote/knowledge/eval"
	"footnote/pipeline/guard"
)

type evalGroundingCmd struct {
	Data    string  `arg:"" default:"../shared/data" type:"path" help:"Folder of the sets."`
	Fit     string  `type:"path" help:"Fit on one half of each set and write it here: pipeline/guard/grounding.json ships."`
	Penalty float64 `default:"2" help:"L2 penalty of the fit; every set weighs the same."`
}

// groundingSets are the labelled sets; a threshold is chosen on one half of each and
// read off on the other.
var groundingSets = []string{"begin", "mtrag_faith", "wice"}

// Run prints how well a text without support is told from one with it.
func (cmd *evalGroundingCmd) Run(_ context.Context) error { return cmd.report(os.Stdout) }

func (cmd *evalGroundingCmd) report(w io.Writer) error {
	if _, err := os.Stat(filepath.Join(cmd.Data, "grounding")); err != nil {
		fmt.Fprintf(w, "The sets are not here (%s): put them beside the repository to measure grounding.\n", cmd.Data)
		return nil
	}
	var halves [2][][]eval.Labelled
	for _, name := range groundingSets {
		set, err := readGrounding(filepath.Join(cmd.Data, "grounding", name, "dev.jsonl"))
		if err != nil {
			return err
		}
		halves[0], halves[1] = append(halves[0], set[0]), append(halves[1], set[1])
	}
	model := guard.ShippedGrounding()
	if cmd.Fit != "" {
		model = fitGrounding(halves[0], cmd.Penalty)
		raw, err := json.MarshalIndent(model, "", " ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(cmd.Fit, append(raw, '\n'), 0o644); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "%-12s %9s %9s %9s %12s   %s\n", "set", "texts", "chosen", "other", "at Warn", "without support: balanced accuracy, the threshold chosen on one half, read off on the other")
	for i, name := range groundingSets {
		at := bestThreshold(model, halves[0][i])
		fmt.Fprintf(w, "%-12s %9d %9.3f %9.3f %12.3f   threshold %.3f\n", name, len(halves[0][i])+len(halves[1][i]), balancedAt(model, halves[0][i], at), balancedAt(model, halves[1][i], at), balancedAt(model, halves[1][i], model.Warn), at)
	}
	held := 0
	all := 0
	for _, l := range halves[1][0] {
		if l.Answerable {
			all++
			if model.Probability(l.Signals) < model.Block {
				held++
			}
		}
	}
	fmt.Fprintf(w, "Of %d supported texts of begin's other half %d would be blocked (below %.3f).\n", all, held, model.Block)
	return nil
}

// fitGrounding fits on one half of each set, and chooses the thresholds on that of the first,
// whose evidence is as long as a receipt.
func fitGrounding(sets [][]eval.Labelled, penalty float64) guard.Grounding {
	r := eval.Calibrate(sets, penalty, guard.GroundingSign)
	g := guard.Grounding{Bias: round4(r.Bias), Weights: map[string]float64{}}
	for i, v := range r.Weights {
		if v = round4(v); v != 0 {
			g.Weights[guard.GroundingSignals[i]] = v
		}
	}
	g.Warn = round4(bestThreshold(g, sets[0]))
	var supported []float64
	for _, l := range sets[0] {
		if l.Answerable {
			supported = append(supported, g.Probability(l.Signals))
		}
	}
	slices.Sort(supported)
	g.Block = round4(supported[int(mostHeld*float64(len(supported)))])
	return g
}

// mostHeld is the share of supported texts that may be blocked.
const mostHeld = .02

func round4(v float64) float64 { return math.Round(v*1e4) / 1e4 }

func bestThreshold(g guard.Grounding, set []eval.Labelled) (at float64) {
	best := 0.0
	for _, l := range set {
		p := g.Probability(l.Signals)
		if b := balancedAt(g, set, p); b > best {
			best, at = b, p
		}
	}
	return at
}

// balancedAt is the mean of the shares of supported and of unsupported texts that a
// threshold tells right.
func balancedAt(g guard.Grounding, set []eval.Labelled, at float64) float64 {
	var right, all [2]float64
	for _, l := range set {
		k := 0
		if l.Answerable {
			k = 1
		}
		all[k]++
		if (g.Probability(l.Signals) >= at) == l.Answerable {
			right[k]++
		}
	}
	return (right[0]/max(all[0], 1) + right[1]/max(all[1], 1)) / 2
}

// readGrounding reads a set in two halves by the hash of its ids.
func readGrounding(path string) (halves [2][]eval.Labelled, err error) {
	f, err := os.Open(path)
	if err != nil {
		return halves, err
	}
	defer f.Close()
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, 16<<20)
	for scan.Scan() {
		var row struct {
			ID, Response, Label string
			Evidence            []string
		}
		if err := json.Unmarshal(scan.Bytes(), &row); err != nil {
			return halves, fmt.Errorf("%s: %w", path, err)
		}
		if row.Label == "generic" {
			continue
		}
		h := fnv.New32a()
		h.Write([]byte(row.ID))
		k := h.Sum32() >> 7 & 1
		halves[k] = append(halves[k], eval.Labelled{Group: row.ID, Answerable: row.Label == "supported", Signals: guard.Signals(row.Response, strings.Join(row.Evidence, "\n"), "en")})
	}
	return halves, scan.Err()
}
