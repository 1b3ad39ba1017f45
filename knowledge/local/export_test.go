package local

// BenchText gives the benchmarks of the outer test package the same text.
type BenchText struct{ z *zipfWords }

func NewBenchText(seed uint64) BenchText { return BenchText{newZipfWords(seed)} }

func (b BenchText) Passage(n int) ([]uint32, []float32)  { return b.z.passage(n) }
func (b BenchText) Question(n int) ([]uint32, []float32) { return b.z.question(n) }
