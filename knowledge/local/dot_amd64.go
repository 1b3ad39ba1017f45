package local

import "golang.org/x/sys/cpu"

// dotRows is dotRowsGo, or the same for processors with AVX2.
var dotRows = func() func(out []int32, query []int16, codes []int8) {
	if cpu.X86.HasAVX2 {
		return func(out []int32, query []int16, codes []int8) {
			if len(query) == 0 || len(query)%codeAlign != 0 || len(codes) < len(out)*len(query) {
				panic("local: dotRows: lengths do not fit")
			}
			dotRowsAVX2(out, query, codes)
		}
	}
	return dotRowsGo
}()

//go:noescape
func dotRowsAVX2(out []int32, query []int16, codes []int8)
