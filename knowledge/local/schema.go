package local

import (
	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/protobuf/proto"
)

// maxVectorSize is Qdrant's limit on the size of a dense vector.
const maxVectorSize = 65536

// schema is what a collection was created with: its vectors, and the request
// itself, which is what Get gives back and what a snapshot keeps.
type schema struct {
	request *qdrant.CreateCollection
	dense   map[string]*qdrant.VectorParams
	sparse  map[string]bool // by name: whether the IDF modifier is set
}

// newSchema checks a create request. The error is codes.InvalidArgument, or
// codes.Unimplemented for multivectors.
func newSchema(in *qdrant.CreateCollection) (*schema, error) {
	if in.GetCollectionName() == "" || len(in.GetCollectionName()) > 255 {
		return nil, invalid("Validation error in body: [collection_name: length is invalid]")
	}
	s := &schema{
		request: proto.Clone(in).(*qdrant.CreateCollection),
		dense:   map[string]*qdrant.VectorParams{},
		sparse:  map[string]bool{},
	}
	switch c := in.GetVectorsConfig().GetConfig().(type) {
	case *qdrant.VectorsConfig_Params:
		s.dense[""] = c.Params
	case *qdrant.VectorsConfig_ParamsMap:
		for name, params := range c.ParamsMap.GetMap() {
			s.dense[name] = params
		}
	}
	for name, params := range s.dense {
		if params.GetSize() == 0 || params.GetSize() > maxVectorSize {
			return nil, invalid("vector %q: size must be from 1 to %d", name, maxVectorSize)
		}
		if params.GetDistance() == qdrant.Distance_UnknownDistance {
			return nil, invalid("vector %q: distance is unknown", name)
		}
		if params.GetMultivectorConfig() != nil {
			return nil, unimplemented("a multivector")
		}
	}
	for name, params := range in.GetSparseVectorsConfig().GetMap() {
		if _, ok := s.dense[name]; ok {
			return nil, invalid("Dense and sparse vector names must be unique - duplicate found with '%s'", name)
		}
		s.sparse[name] = params.GetModifier() == qdrant.Modifier_Idf
	}
	return s, nil
}

// info describes the collection as Qdrant does.
func (c *collection) info() *qdrant.CollectionInfo {
	c.mu.RLock()
	defer c.mu.RUnlock()
	points := uint64(c.st.liveCount)
	var indexed uint64
	for _, x := range c.st.dense {
		indexed += uint64(x.points)
	}
	for _, x := range c.st.sparse {
		indexed += uint64(x.live)
	}
	in := c.schema.request
	fields := make(map[string]*qdrant.PayloadSchemaInfo, len(c.fields))
	for name, f := range c.fields {
		fields[name] = f
	}
	return &qdrant.CollectionInfo{
		Status:          qdrant.CollectionStatus_Green,
		OptimizerStatus: &qdrant.OptimizerStatus{Ok: true},
		SegmentsCount:   1,
		Config: &qdrant.CollectionConfig{
			Params: &qdrant.CollectionParams{
				ShardNumber:         1,
				OnDiskPayload:       in.GetOnDiskPayload(),
				VectorsConfig:       in.GetVectorsConfig(),
				ReplicationFactor:   proto.Uint32(1),
				SparseVectorsConfig: in.GetSparseVectorsConfig(),
			},
			HnswConfig:         in.GetHnswConfig(),
			OptimizerConfig:    in.GetOptimizersConfig(),
			WalConfig:          in.GetWalConfig(),
			QuantizationConfig: in.GetQuantizationConfig(),
			Metadata:           c.metadata,
		},
		PayloadSchema:       fields,
		PointsCount:         &points,
		IndexedVectorsCount: &indexed,
	}
}
