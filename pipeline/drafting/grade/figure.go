package grade

import (
	"math"
	"slices"
	"strconv"
)

// Figures sum up the drafts of one set.
type Figures struct {
	Set        string `json:"set"`
	Answerable int    `json:"answerable"`
	Other      int    `json:"unanswerable"`
	Drafted    Figure `json:"drafted"`  // share of the answerable that got a draft
	Right      Figure `json:"right"`    // share of the answerable whose draft says what was asked
	Cited      Figure `json:"cited"`    // share whose first citation is right; NaN where not known
	F1         Figure `json:"f1"`       // mean token F1 with people's replies; NaN without
	Declined   Figure `json:"declined"` // share of the unanswerable that got no draft; NaN without
	AUC        Figure `json:"auc"`      // of the probability, answerable against not
	Error      Figure `json:"calibration_error"`
	Said       Figure `json:"probability"` // mean of the probability of drafts
	Words      int    `json:"words"`       // median of a draft
}

// Figure is NaN where nothing is known; as JSON it is null.
type Figure float64

// MarshalJSON implements json.Marshaler.
func (f Figure) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(f)) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(f), 'g', 6, 64), nil
}

// Sum makes figures of a set's drafts.
func Sum(set string, all []Drafted) Figures {
	f := Figures{Set: set}
	var cited, f1, declined, words []float64
	var yes, no, said []float64
	var right []bool
	var drafted, correct float64
	for _, d := range all {
		on := d.Draft.Abstained == ""
		if on {
			words = append(words, float64(d.Words))
			said, right = append(said, d.Draft.Confidence), append(right, d.Right)
		}
		if d.Case.Unanswerable {
			f.Other++
			declined = append(declined, one(!on))
			no = append(no, d.Draft.Probability)
			continue
		}
		f.Answerable++
		yes = append(yes, d.Draft.Probability)
		drafted += one(on)
		correct += one(d.Right)
		if d.Case.Cites != nil {
			cited = append(cited, one(d.Cited))
		}
		if d.Case.Reply != "" {
			f1 = append(f1, d.F1)
		}
	}
	f.Drafted, f.Right = Figure(drafted/float64(f.Answerable)), Figure(correct/float64(f.Answerable)) // NaN of none
	f.Cited, f.F1, f.Declined, f.AUC = Figure(mean(cited)), Figure(mean(f1)), Figure(mean(declined)), Figure(AUC(yes, no))
	f.Error, f.Said = Figure(CalibrationError(said, right)), Figure(mean(said))
	if len(words) > 0 {
		slices.Sort(words)
		f.Words = int(words[len(words)/2])
	}
	return f
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// mean is NaN of nothing.
func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// AUC is the chance that a score is higher for one of yes than for one of no,
// counting ties half; NaN without either.
func AUC(yes, no []float64) float64 {
	if len(yes) == 0 || len(no) == 0 {
		return math.NaN()
	}
	no = slices.Sorted(slices.Values(no))
	sum := 0.0
	for _, y := range yes {
		lo, _ := slices.BinarySearch(no, y)
		hi := lo
		for hi < len(no) && no[hi] == y {
			hi++
		}
		sum += float64(lo) + float64(hi-lo)/2
	}
	return sum / float64(len(yes)) / float64(len(no))
}

// Bin compares, for drafts of like probability, what was said with what was so.
type Bin struct {
	From   float64 `json:"from"`
	Drafts int     `json:"drafts"`
	Said   float64 `json:"said"`
	Seen   float64 `json:"seen"`
}

// Bins of a reliability chart: ten of equal width.
func Bins(said []float64, right []bool) []Bin {
	out := make([]Bin, 10)
	for i, p := range said {
		b := &out[min(9, max(0, int(p*10)))]
		b.Drafts++
		b.Said += p
		b.Seen += one(right[i])
	}
	for i := range out {
		out[i].From = float64(i) / 10
		if n := float64(out[i].Drafts); n > 0 {
			out[i].Said /= n
			out[i].Seen /= n
		}
	}
	return out
}

// CalibrationError is the expected calibration error over ten bins of equal width:
// the mean distance of what was said from what was so, weighted by drafts. (Naeini,
// Cooper and Hauskrecht 2015.) NaN without drafts.
func CalibrationError(said []float64, right []bool) float64 {
	sum := 0.0
	for _, b := range Bins(said, right) {
		sum += float64(b.Drafts) * math.Abs(b.Said-b.Seen)
	}
	return sum / float64(len(said))
}
