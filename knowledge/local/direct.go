package local

import (
	"context"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// direct is an interceptor of the in-process client. What is called most, the
// queries and the upsert, it hands to the service as it is, without writing and
// reading it as bytes: results and errors are those of the pipe, which all else
// takes. The service keeps nothing of a request and answers with new messages.
func (s *Server) direct(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	var call func() (proto.Message, error)
	switch in := req.(type) {
	case *qdrant.QueryBatchPoints:
		call = func() (proto.Message, error) { return pointsService{srv: s}.QueryBatch(ctx, in) }
	case *qdrant.QueryPoints:
		call = func() (proto.Message, error) { return pointsService{srv: s}.Query(ctx, in) }
	case *qdrant.UpsertPoints:
		call = func() (proto.Message, error) { return pointsService{srv: s}.Upsert(ctx, in) }
	}
	if call == nil || conn.GetState() == connectivity.Shutdown {
		return invoke(ctx, method, req, reply, conn, opts...) // which, closed, says so
	}
	if err := ctx.Err(); err != nil {
		return status.FromContextError(err).Err()
	}
	s.calls.RLock()
	defer s.calls.RUnlock()
	if s.stopped {
		return status.Error(codes.Unavailable, "the embedded index is closed")
	}
	out, err := call()
	if err != nil {
		if _, ok := status.FromError(err); !ok {
			err = status.FromContextError(err).Err() // as grpc's server does
		}
		return err
	}
	to := reply.(proto.Message).ProtoReflect()
	out.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		to.Set(field, v)
		return true
	})
	return nil
}
