package local

import (
	"context"
	"time"

	"github.com/qdrant/go-client/qdrant"
)

// pointsService serves qdrant.Points: this file the writes, service_read.go and
// service_query.go the reads.
type pointsService struct {
	qdrant.UnimplementedPointsServer
	srv *Server
}

// written answers a write. Every write is applied when the call returns;
// Acknowledged is what Qdrant calls one the client did not ask to wait for.
func written(start time.Time, wait *bool) *qdrant.PointsOperationResponse {
	status := qdrant.UpdateStatus_Acknowledged
	if wait != nil && *wait {
		status = qdrant.UpdateStatus_Completed
	}
	return &qdrant.PointsOperationResponse{
		Result: &qdrant.UpdateResult{Status: status}, Time: seconds(start),
	}
}

// Upsert validates every point before it applies the first.
func (s pointsService) Upsert(ctx context.Context, in *qdrant.UpsertPoints) (*qdrant.PointsOperationResponse, error) {
	start := time.Now()
	if in.GetUpdateFilter() != nil || in.UpdateMode != nil && in.GetUpdateMode() != qdrant.UpdateMode_Upsert {
		return nil, unimplemented("a conditional upsert")
	}
	c, err := s.srv.collection(in.GetCollectionName())
	if err != nil {
		return nil, err
	}
	points := make([]point, len(in.GetPoints()))
	for i, p := range in.GetPoints() {
		if points[i], err = c.prepare(p); err != nil {
			return nil, err
		}
	}
	if err := c.upsert(ctx, points); err != nil {
		return nil, err
	}
	return written(start, in.Wait), nil
}

func (s pointsService) Delete(_ context.Context, in *qdrant.DeletePoints) (*qdrant.PointsOperationResponse, error) {
	start := time.Now()
	c, err := s.srv.collection(in.GetCollectionName())
	if err != nil {
		return nil, err
	}
	choose, err := choosePoints(in.GetPoints())
	if err != nil {
		return nil, err
	}
	if err := c.delete(choose); err != nil {
		return nil, err
	}
	return written(start, in.Wait), nil
}

// edit runs a payload change on the selected points.
func (s pointsService) edit(ctx context.Context, name string, sel *qdrant.PointsSelector, change func(payload) (payload, error)) error {
	c, err := s.srv.collection(name)
	if err != nil {
		return err
	}
	choose, err := choosePoints(sel)
	if err != nil {
		return err
	}
	return c.editPayload(ctx, choose, change)
}

func (s pointsService) SetPayload(ctx context.Context, in *qdrant.SetPayloadPoints) (*qdrant.PointsOperationResponse, error) {
	start := time.Now()
	if in.Key != nil {
		return nil, unimplemented("setting a payload under a key")
	}
	err := s.edit(ctx, in.GetCollectionName(), in.GetPointsSelector(), func(p payload) (payload, error) {
		for key, v := range in.GetPayload() {
			p[key] = v
		}
		return p, nil
	})
	if err != nil {
		return nil, err
	}
	return written(start, in.Wait), nil
}

func (s pointsService) OverwritePayload(ctx context.Context, in *qdrant.SetPayloadPoints) (*qdrant.PointsOperationResponse, error) {
	start := time.Now()
	err := s.edit(ctx, in.GetCollectionName(), in.GetPointsSelector(), func(payload) (payload, error) {
		return in.GetPayload(), nil
	})
	if err != nil {
		return nil, err
	}
	return written(start, in.Wait), nil
}

func (s pointsService) DeletePayload(ctx context.Context, in *qdrant.DeletePayloadPoints) (*qdrant.PointsOperationResponse, error) {
	start := time.Now()
	paths, err := parsePaths(in.GetKeys())
	if err != nil {
		return nil, err
	}
	err = s.edit(ctx, in.GetCollectionName(), in.GetPointsSelector(), func(p payload) (payload, error) {
		for _, steps := range paths {
			deletePath(p, steps)
		}
		return p, nil
	})
	if err != nil {
		return nil, err
	}
	return written(start, in.Wait), nil
}

func (s pointsService) ClearPayload(ctx context.Context, in *qdrant.ClearPayloadPoints) (*qdrant.PointsOperationResponse, error) {
	start := time.Now()
	err := s.edit(ctx, in.GetCollectionName(), in.GetPoints(), func(payload) (payload, error) { return nil, nil })
	if err != nil {
		return nil, err
	}
	return written(start, in.Wait), nil
}

func (s pointsService) CreateFieldIndex(_ context.Context, in *qdrant.CreateFieldIndexCollection) (*qdrant.PointsOperationResponse, error) {
	start := time.Now()
	c, err := s.srv.collection(in.GetCollectionName())
	if err != nil {
		return nil, err
	}
	if _, err := parsePath(in.GetFieldName()); err != nil {
		return nil, err
	}
	if in.FieldType == nil {
		return nil, invalid("field_type is missing")
	}
	c.setField(in)
	return written(start, in.Wait), nil
}

func (s pointsService) DeleteFieldIndex(_ context.Context, in *qdrant.DeleteFieldIndexCollection) (*qdrant.PointsOperationResponse, error) {
	start := time.Now()
	c, err := s.srv.collection(in.GetCollectionName())
	if err != nil {
		return nil, err
	}
	c.setField(&qdrant.CreateFieldIndexCollection{FieldName: in.GetFieldName()})
	return written(start, in.Wait), nil
}
