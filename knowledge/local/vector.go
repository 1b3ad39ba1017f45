package local

import (
	"math"
	"slices"

	"github.com/qdrant/go-client/qdrant"
)

// vector is a validated vector of a request: dense, or sparse with ascending
// dimensions.
type vector struct {
	dense   []float32
	dims    []uint32
	weights []float32
	sparse  bool
}

// parseVector reads an upserted vector in either form of the API: the oneof, or
// the older data and indices fields. Errors are codes.InvalidArgument or
// codes.Unimplemented (multivectors, server-side inference).
func parseVector(in *qdrant.Vector) (vector, error) {
	switch v := in.GetVector().(type) {
	case *qdrant.Vector_Dense:
		return denseVector(v.Dense.GetData())
	case *qdrant.Vector_Sparse:
		return newSparseVector(v.Sparse.GetIndices(), v.Sparse.GetValues())
	case *qdrant.Vector_MultiDense:
		return vector{}, unimplemented("a multivector")
	case nil:
	default:
		return vector{}, unimplemented("server-side inference")
	}
	//nolint:staticcheck // clients older than 1.13 fill only these fields
	//lint:ignore SA1019 older clients write this form
	data, indices := in.GetData(), in.GetIndices()
	if indices != nil {
		return newSparseVector(indices.GetData(), data)
	}
	return denseVector(data)
}

func denseVector(data []float32) (vector, error) {
	if len(data) == 0 {
		return vector{}, invalid("Vector is empty")
	}
	return vector{dense: data}, finite(data)
}

// newSparseVector sorts by dimension, as Qdrant does, and refuses repeats.
func newSparseVector(dims []uint32, weights []float32) (vector, error) {
	if len(dims) != len(weights) {
		return vector{}, invalid("Validation error in sparse vector: values must be the same length as indices")
	}
	if err := finite(weights); err != nil {
		return vector{}, err
	}
	if !slices.IsSorted(dims) {
		order := make([]int, len(dims))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(a, b int) int { return int(int64(dims[a]) - int64(dims[b])) })
		d, w := make([]uint32, len(dims)), make([]float32, len(dims))
		for i, from := range order {
			d[i], w[i] = dims[from], weights[from]
		}
		dims, weights = d, w
	}
	for i := 1; i < len(dims); i++ {
		if dims[i] == dims[i-1] {
			return vector{}, invalid("Validation error in sparse vector: indices must be unique")
		}
	}
	return vector{dims: dims, weights: weights, sparse: true}, nil
}

func finite(values []float32) error {
	for _, f := range values {
		if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
			return invalid("Vector contains NaN or infinite values")
		}
	}
	return nil
}

// namedVectors splits a point's vectors by name; the unnamed one is "".
func namedVectors(in *qdrant.Vectors) map[string]*qdrant.Vector {
	switch v := in.GetVectorsOptions().(type) {
	case *qdrant.Vectors_Vector:
		return map[string]*qdrant.Vector{"": v.Vector}
	case *qdrant.Vectors_Vectors:
		return v.Vectors.GetVectors()
	}
	return nil
}

// vectorSelection is which vectors a response carries.
type vectorSelection struct {
	all   bool
	names []string
}

func selectVectors(s *qdrant.WithVectorsSelector) vectorSelection {
	switch o := s.GetSelectorOptions().(type) {
	case *qdrant.WithVectorsSelector_Enable:
		return vectorSelection{all: o.Enable}
	case *qdrant.WithVectorsSelector_Include:
		return vectorSelection{names: o.Include.GetNames()}
	}
	return vectorSelection{}
}

// vectors gives the selected vectors of a live point; nil if none was selected.
func (st *state) vectors(ord uint32, sel vectorSelection) *qdrant.VectorsOutput {
	if !sel.all && len(sel.names) == 0 {
		return nil
	}
	named := map[string]*qdrant.VectorOutput{}
	for name, x := range st.dense {
		if v := x.vector(ord); v != nil && (sel.all || slices.Contains(sel.names, name)) {
			named[name] = &qdrant.VectorOutput{Vector: &qdrant.VectorOutput_Dense{
				Dense: &qdrant.DenseVector{Data: slices.Clone(v)},
			}}
		}
	}
	for name, x := range st.sparse {
		if !sel.all && !slices.Contains(sel.names, name) {
			continue
		}
		if dims, weights, ok := x.vector(ord); ok {
			named[name] = &qdrant.VectorOutput{Vector: &qdrant.VectorOutput_Sparse{
				Sparse: &qdrant.SparseVector{Indices: dims, Values: weights},
			}}
		}
	}
	if v, ok := named[""]; ok && len(named) == 1 {
		return &qdrant.VectorsOutput{VectorsOptions: &qdrant.VectorsOutput_Vector{Vector: v}}
	}
	return &qdrant.VectorsOutput{VectorsOptions: &qdrant.VectorsOutput_Vectors{
		Vectors: &qdrant.NamedVectorsOutput{Vectors: named},
	}}
}
