package local

import (
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// invalid is the status Qdrant gives for a request it cannot accept.
func invalid(format string, args ...any) error {
	return status.Error(codes.InvalidArgument, "Wrong input: "+fmt.Sprintf(format, args...))
}

func notFound(format string, args ...any) error {
	return status.Error(codes.NotFound, "Not found: "+fmt.Sprintf(format, args...))
}

func alreadyExists(format string, args ...any) error {
	return status.Error(codes.AlreadyExists, "Wrong input: "+fmt.Sprintf(format, args...))
}

func unimplemented(what string) error {
	return status.Error(codes.Unimplemented, what+" is not served by the embedded index; use a Qdrant server")
}

func noCollection(name string) error {
	return notFound("Collection `%s` doesn't exist!", name)
}

func noVector(name string) error {
	return invalid("Not existing vector name error: %s", name)
}
