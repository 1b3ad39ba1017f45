package qdrant

import (
	api "github.com/qdrant/go-client/qdrant"

	"footnote/knowledge"
	"footnote/pipeline"
)

// Layout says how a Qdrant server keeps the index. The zero value leaves everything to
// the server. A change holds for the next index that is made. The embedded index is
// exact and in memory: it keeps what is asked for in the description and does nothing
// about it.
type Layout struct {
	Shards           int  // parts of the index; 0: the server's choice, one a node
	Replicas         int  // copies of each part; 0: one
	WriteConsistency int  // copies that must have a write before it counts; 0: one
	OnDisk           bool // vectors, their graph, terms and payload are read from the disk
	// Quantization is what vectors are compared by before the best are rescored by the
	// whole vectors: none (or empty), scalar (a byte a number) or binary (a bit).
	Quantization string
	// Oversampling is how many times the wanted number quantized vectors find before
	// they are rescored; 0: 2 with scalar, 4 with binary.
	Oversampling float64
	HNSWLinks    int // links of a vector in the graph (m); 0: the server's 16
	HNSWBuild    int // neighbours looked at when the graph is built (ef_construct); 0: the server's 100
	HNSWSearch   int // neighbours looked at by a search (ef); 0: the server's choice
}

// Check says what cannot work. The kind is Invalid.
func (l Layout) Check() error {
	switch {
	case l.Quantization != "" && l.Quantization != "none" && l.Quantization != "scalar" && l.Quantization != "binary":
		return pipeline.Errorf(pipeline.Invalid, "qdrant_quantization: %q is not none, scalar or binary", l.Quantization)
	case l.Shards < 0 || l.Replicas < 0 || l.WriteConsistency < 0 || l.HNSWLinks < 0 || l.HNSWBuild < 0 || l.HNSWSearch < 0:
		return pipeline.Errorf(pipeline.Invalid, "qdrant_shards, qdrant_replicas, qdrant_write_consistency and qdrant_hnsw_…: no number is below 0")
	case l.WriteConsistency > max(l.Replicas, 1):
		return pipeline.Errorf(pipeline.Invalid, "qdrant_write_consistency: %d copies cannot have a write, there are %d (qdrant_replicas)", l.WriteConsistency, max(l.Replicas, 1))
	case l.Oversampling != 0 && l.Oversampling < 1:
		return pipeline.Errorf(pipeline.Invalid, "qdrant_oversampling: %v is below 1", l.Oversampling)
	}
	return nil
}

func count32(n int) *uint32 {
	if n <= 0 {
		return nil
	}
	return api.PtrOf(uint32(n))
}

func count64(n int) *uint64 {
	if n <= 0 {
		return nil
	}
	return api.PtrOf(uint64(n))
}

// create is the request for a collection of this layout.
func (l Layout) create(name string, dims uint64) *api.CreateCollection {
	terms := &api.SparseVectorParams{Modifier: api.PtrOf(api.Modifier_Idf)}
	req := &api.CreateCollection{CollectionName: name, ShardNumber: count32(l.Shards), ReplicationFactor: count32(l.Replicas), WriteConsistencyFactor: count32(l.WriteConsistency)}
	if l.OnDisk {
		req.OnDiskPayload = api.PtrOf(true)
		terms.Index = &api.SparseIndexConfig{OnDisk: api.PtrOf(true)}
	}
	req.SparseVectorsConfig = api.NewSparseVectorsConfig(map[string]*api.SparseVectorParams{knowledge.VectorTerms: terms})
	if dims == 0 {
		return req
	}
	dense := &api.VectorParams{Size: dims, Distance: api.Distance_Cosine}
	if l.OnDisk {
		dense.OnDisk = api.PtrOf(true)
	}
	if l.OnDisk || l.HNSWLinks > 0 || l.HNSWBuild > 0 {
		dense.HnswConfig = &api.HnswConfigDiff{M: count64(l.HNSWLinks), EfConstruct: count64(l.HNSWBuild)}
		if l.OnDisk {
			dense.HnswConfig.OnDisk = api.PtrOf(true)
		}
	}
	switch l.Quantization { // what is compared first stays in memory: that is its use
	case "scalar":
		dense.QuantizationConfig = api.NewQuantizationScalar(&api.ScalarQuantization{Type: api.QuantizationType_Int8, Quantile: api.PtrOf(float32(.99)), AlwaysRam: api.PtrOf(true)})
	case "binary":
		dense.QuantizationConfig = api.NewQuantizationBinary(&api.BinaryQuantization{AlwaysRam: api.PtrOf(true)})
	}
	req.VectorsConfig = api.NewVectorsConfigMap(map[string]*api.VectorParams{knowledge.VectorDense: dense})
	return req
}

// search is how a dense vector is searched; nil leaves it to the server.
func (l Layout) search() *api.SearchParams {
	p := &api.SearchParams{HnswEf: count64(l.HNSWSearch)}
	if over := l.oversampling(); over > 0 {
		p.Quantization = &api.QuantizationSearchParams{Rescore: api.PtrOf(true), Oversampling: api.PtrOf(over)}
	}
	if p.HnswEf == nil && p.Quantization == nil {
		return nil
	}
	return p
}

func (l Layout) oversampling() float64 {
	switch {
	case l.Quantization == "scalar" && l.Oversampling == 0:
		return 2
	case l.Quantization == "binary" && l.Oversampling == 0:
		return 4
	case l.Quantization == "scalar" || l.Quantization == "binary":
		return l.Oversampling
	}
	return 0
}
