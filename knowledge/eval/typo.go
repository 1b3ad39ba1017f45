package eval

import (
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"unicode"

	"footnote/pipeline"
)

// typoShare of a customer's words get one keyboard error.
const typoShare = 1. / 6

// misspell makes keyboard errors in the customer's turns: two neighbours
// swapped, a letter left out, doubled, or taken for the key beside it, in one
// of six words of four letters and more, and in one word of the newest turn at
// least. The same question gets the same errors in every run.
func misspell(id string, turns []pipeline.Turn) {
	h := fnv.New64a()
	h.Write([]byte(id))
	rng := rand.New(rand.NewPCG(bootstrapSeed, h.Sum64()))
	for i := range turns {
		if turns[i].Role != pipeline.RoleCustomer {
			continue
		}
		words := strings.Fields(turns[i].Text)
		var able []int
		hit := false
		for at, w := range words {
			if !typeable(w) {
				continue
			}
			able = append(able, at)
			if rng.Float64() < typoShare {
				words[at], hit = keyboardError(w, rng), true
			}
		}
		if i == len(turns)-1 && !hit && len(able) > 0 {
			at := able[rng.IntN(len(able))]
			words[at] = keyboardError(words[at], rng)
		}
		turns[i].Text = strings.Join(words, " ")
	}
}

// typeable words are of Latin letters, four at least.
func typeable(w string) bool {
	letters := 0
	for _, r := range w {
		if r > unicode.MaxASCII {
			return false
		}
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return letters >= 4
}

// beside are the keys next to a letter's own.
var beside = map[byte]string{
	'a': "qsz", 'b': "vgn", 'c': "xdv", 'd': "sefc", 'e': "wrd", 'f': "drgv", 'g': "fthb", 'h': "gyjn", 'i': "uok", 'j': "hukm", 'k': "jil", 'l': "kop",
	'm': "njk", 'n': "bhm", 'o': "ipl", 'p': "ol", 'q': "wa", 'r': "etf", 's': "awdx", 't': "ryg", 'u': "yij", 'v': "cfb", 'w': "qes", 'x': "zsc", 'y': "tuh", 'z': "asx",
}

func keyboardError(w string, rng *rand.Rand) string {
	b := []byte(w)
	var at []int
	for i := range b {
		if c := b[i] | 0x20; c >= 'a' && c <= 'z' {
			at = append(at, i)
		}
	}
	k := rng.IntN(len(at)-1) + 1 // first letters are rarely wrong
	i := at[k]
	switch rng.IntN(4) {
	case 0: // swapped with the letter before
		j := at[k-1]
		if b[i] != b[j] {
			b[i], b[j] = b[j], b[i]
			return string(b)
		}
		return string(append(b[:i:i], b[i+1:]...))
	case 1:
		return string(append(b[:i:i], b[i+1:]...))
	case 2:
		return string(b[:i+1]) + string(b[i:])
	}
	keys := beside[b[i]|0x20]
	b[i] = keys[rng.IntN(len(keys))]
	return string(b)
}
