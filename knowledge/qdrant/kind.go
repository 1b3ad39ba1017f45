package qdrant

import (
	"context"
	"errors"
	"fmt"
	"strings"

	api "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"footnote/pipeline"
)

// kind classifies an error of the client and says what to do about those that come of
// a setting.
func kind(err error, doing string) error {
	if err == nil {
		return nil
	}
	var limited *api.QdrantResourceExhaustedError
	switch code := status.Code(err); {
	case errors.Is(err, context.Canceled), code == codes.Canceled:
		return fmt.Errorf("%s: %w", doing, err)
	case code == codes.NotFound:
		return pipeline.Errorf(pipeline.NotFound, "The search index is not there (%s): %w", doing, err)
	case code == codes.InvalidArgument:
		return fmt.Errorf("%s: %w", doing, err) // ours to fix
	case code == codes.PermissionDenied, code == codes.Unauthenticated:
		return pipeline.Errorf(pipeline.Denied, "The search index refuses our key; set qdrant_api_key (QDRANT_API_KEY) to one that may read and write (%s): %w", doing, err)
	case errors.As(err, &limited):
		return pipeline.Errorf(pipeline.Unavailable, "The search index is busy (%s): %w", doing, err)
	}
	if h := hint(err.Error()); h != "" {
		return pipeline.Errorf(pipeline.Unavailable, "%s (%s): %w", h, doing, err)
	}
	if status.Code(err) == codes.Unimplemented {
		return fmt.Errorf("%s: %w", doing, err) // ours to fix
	}
	return pipeline.Errorf(pipeline.Unavailable, "The search index does not answer (%s): %w", doing, err)
}

// hint reads what gRPC says of a port where something else answers.
func hint(text string) string {
	switch {
	case strings.Contains(text, "first record does not look like a TLS handshake"):
		return "The server of qdrant_url speaks no TLS: write http:// instead of https://"
	case strings.Contains(text, "looked like an HTTP/1.1 header"), strings.Contains(text, "error reading server preface"),
		strings.Contains(text, "unexpected HTTP status code"), strings.Contains(text, "missing HTTP content-type"), strings.Contains(text, "invalid content-type"),
		strings.Contains(text, "received non-gRPC"), strings.Contains(text, "malformed HTTP"):
		return fmt.Sprintf("The port of qdrant_url does not speak gRPC as it is asked: Qdrant's gRPC port is %d (6333 is its web port), and a server with TLS needs https://", DefaultPort)
	}
	return ""
}
