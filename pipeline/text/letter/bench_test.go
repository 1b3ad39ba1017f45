package letter

import (
	"strings"
	"testing"
)

// BenchmarkHostile reads a megabyte of each kind of line that is made to be slow. Wanted
// are 100 ms a megabyte and less.
func BenchmarkHostile(b *testing.B) {
	for name, line := range map[string]string{
		"colons": "a: b: c: d:\n", "times": "10:12 24.11.2026 a@b.example\n", "quotes": "> > > > a\n", "labels": "From: a@b.example\n", "rules": "-----Original Message-----\n",
		"wrote": "On Tue 24 Nov 2026 at 10:12 a@b.example wrote\n", "long": strings.Repeat("word 12:30 a@b ", 60) + "\n", "dashes": "--------------------\n", "gadgets": "Sent from my iPhone via Outlook\n", "brackets": "<a@b.example> <c@d.example>\n",
		"closings": "Best regards, Kim\n\n", "no end": strings.Repeat("a", 4000), "commas": "x, y; z, 1. 2) 3:\n", "pipes": "| a | b | c: d |\n", "blank": " \t \n", "asks": "why? what? 1?\n",
	} {
		text := strings.Repeat(line, 1<<20/len(line))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Read(text, "Fwd: x")
			}
		})
	}
}
