package quantity

import "slices"

// Kind tells what a number counts.
type Kind uint8

const (
	Amount  Kind = iota // how much or how many
	Version             // 3.10 is not 3.1
	Clock               // a time of day
	Date                // a day of a month, or a month of a year
	Factor              // twice, half
)

// Quantity is a number of a text with what is bound to it.
type Quantity struct {
	// Start and End are the bytes of the number itself.
	Start, End int
	// Raw is the number as it stands, with a sign.
	Raw  string
	Kind Kind
	// Values are its readings: "1.000" is a thousand, or one. Decimal digits with
	// a point; of a clock minutes since midnight; of a date "day.month".
	Values []string
	// Minus says that a minus stands before it.
	Minus bool
	// Unit is the name of its unit, in all languages the same; empty without.
	Unit string
	// Per is the unit that it counts for each of: "minute" of 100 requests per minute.
	Per string
	// Half says that a clock knows its half of the day; Zone is its time zone.
	Half bool
	Zone string
	// Words says that it stands in words.
	Words bool
}

// Difference says in which way a quantity is not what a text holds.
type Difference uint8

const (
	None Difference = iota
	Missing
	OtherSign
	OtherUnit
	OtherPeriod
	OtherZone
)

// In tells how q differs from the nearest of what a text holds; units are the units
// that the text names anywhere, as a table's header does.
func (q Quantity) In(held []Quantity, units map[string]bool) Difference {
	best := Missing
	for _, o := range held {
		d := q.from(o, units)
		if d == None {
			return None
		}
		if d > best {
			best = d
		}
	}
	return best
}

func (q Quantity) from(o Quantity, units map[string]bool) Difference {
	switch {
	case !q.Same(o):
		return Missing
	case q.Minus != o.Minus:
		return OtherSign
	case q.Unit != "" && q.Unit != o.Unit && (o.Unit != "" || !units[q.Unit]):
		return OtherUnit
	case q.Per != "" && q.Per != o.Per && (o.Per != "" || !units[q.Per]):
		return OtherPeriod
	case q.Zone != "" && q.Zone != o.Zone:
		return OtherZone
	}
	return None
}

// Same tells that two quantities are the same number of the same kind, units aside.
func (q Quantity) Same(o Quantity) bool {
	switch {
	case q.Kind == Version || o.Kind == Version:
		return q.Raw == o.Raw
	case q.Kind == Clock && o.Kind == Clock && (!q.Half || !o.Half):
		return q.Values[0] == o.Values[0]
	case q.Kind == Factor != (o.Kind == Factor), q.Kind == Clock != (o.Kind == Clock), q.Kind == Date != (o.Kind == Date):
		return false
	}
	return slices.ContainsFunc(q.Values, func(v string) bool { return slices.Contains(o.Values, v) })
}
