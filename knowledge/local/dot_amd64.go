package local

import "golang.org/x/sys/cpu"

// dotNibbles is dotNibblesGo, or the same for processors with AVX2.
var dotNibbles = func() func(out []int32, query []int8, halves []byte) {
	if cpu.X86.HasAVX2 {
		return func(out []int32, query []int8, halves []byte) {
			if len(query) == 0 || len(query)%codeAlign != 0 || len(halves) < len(out)*len(query)/2 {
				panic("local: dotNibbles: lengths do not fit")
			}
			dotNibblesAVX2(out, query, halves)
		}
	}
	return dotNibblesGo
}()

//go:noescape
func dotNibblesAVX2(out []int32, query []int8, halves []byte)
