package qdrant

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	api "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"

	"footnote/pipeline"
)

// DefaultPort is where Qdrant speaks gRPC; its web port, 6333, does not.
const DefaultPort = 6334

const (
	maxMessage = 64 << 20
	// A server that is back is found again within redial and its jitter, whatever
	// time it was away; gRPC's own steps grow to two minutes.
	firstRedial = 100 * time.Millisecond
	redial      = 2 * time.Second
	dialTime    = 3 * time.Second
	// quickTime and longTime bound a call whose caller sets no deadline of its own.
	quickTime = 10 * time.Second
	longTime  = 2 * time.Minute
)

// Server is where a Qdrant is and who asks.
type Server struct {
	// URL is http(s)://host:port of the gRPC port (6334 unless said), or several of
	// one cluster separated by commas: each call goes to one that answers.
	URL    string
	APIKey string
	Log    *slog.Logger // nil: no log
}

// Connect returns a client of a server, which the caller closes. It does no I/O: a
// server that is away is found once it is there. The kind is Invalid for a URL that
// names no server.
func Connect(s Server) (*api.Client, error) {
	log := s.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	hosts, tls, err := parseURL(s.URL)
	if err != nil {
		return nil, err
	}
	if s.APIKey != "" && !tls && !allLoopback(hosts) {
		log.Warn("the key of the search index goes over the network unencrypted; use https in qdrant_url", "url", s.URL)
	}
	cfg := &api.Config{UseTLS: tls, SkipCompatibilityCheck: true, PoolSize: 1, KeepAliveTime: 10, KeepAliveTimeout: 3,
		GrpcOptions: []grpc.DialOption{
			grpc.WithConnectParams(grpc.ConnectParams{MinConnectTimeout: dialTime,
				Backoff: backoff.Config{BaseDelay: firstRedial, Multiplier: 1.6, Jitter: .2, MaxDelay: redial}}),
			grpc.WithDefaultServiceConfig(`{"loadBalancingConfig": [{"round_robin":{}}]}`),
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)),
			// The key is set here and not in the client's own field, which would warn past our log.
			grpc.WithChainUnaryInterceptor(bounded, keyed(s.APIKey)),
		}}
	if len(hosts) == 1 {
		host, port, _ := net.SplitHostPort(hosts[0])
		cfg.Host = host
		if strings.Contains(host, ":") {
			cfg.Host = "[" + host + "]"
		}
		cfg.Port, _ = strconv.Atoi(port)
	} else {
		r := manual.NewBuilderWithScheme("footnote")
		state := resolver.State{}
		for _, h := range hosts {
			name, _, _ := net.SplitHostPort(h)
			state.Endpoints = append(state.Endpoints, resolver.Endpoint{Addresses: []resolver.Address{{Addr: h, ServerName: name}}})
		}
		r.InitialState(state)
		cfg.Host = "footnote:///index" // the client adds a port, which nobody reads
		cfg.GrpcOptions = append(cfg.GrpcOptions, grpc.WithResolvers(r))
	}
	c, err := api.NewClient(cfg)
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Invalid, "qdrant_url: %w", err)
	}
	return c, nil
}

// CheckURL tells what is wrong with a URL for Connect.
func CheckURL(raw string) error {
	_, _, err := parseURL(raw)
	return err
}

// parseURL reads one or several servers: host:port each, and whether they speak TLS.
func parseURL(raw string) (hosts []string, tls bool, err error) {
	scheme := ""
	for part := range strings.SplitSeq(raw, ",") {
		part = strings.TrimSpace(part)
		if scheme != "" && !strings.Contains(part, "://") {
			part = scheme + "://" + part
		}
		u, err := url.Parse(part)
		if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, false, pipeline.Errorf(pipeline.Invalid, "qdrant_url: %q is no http(s)://host:port", part)
		}
		if scheme != "" && scheme != u.Scheme {
			return nil, false, pipeline.Errorf(pipeline.Invalid, "qdrant_url: all servers speak http, or all https")
		}
		scheme = u.Scheme
		port := u.Port()
		if port == "" {
			port = strconv.Itoa(DefaultPort)
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, false, pipeline.Errorf(pipeline.Invalid, "qdrant_url: port %q is no port", port)
		}
		hosts = append(hosts, net.JoinHostPort(u.Hostname(), port))
	}
	return hosts, scheme == "https", nil
}

func allLoopback(hosts []string) bool {
	for _, h := range hosts {
		name, _, _ := net.SplitHostPort(h)
		if ip := net.ParseIP(name); name != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return false
		}
	}
	return true
}

// keyed adds the key to every call.
func keyed(key string) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if key != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, "api-key", key)
		}
		return invoke(ctx, method, req, reply, cc, opts...)
	}
}

// bounded gives a call without a deadline one: a server that took the call and then
// fell silent must not hold a ticket.
func bounded(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if _, ok := ctx.Deadline(); ok {
		return invoke(ctx, method, req, reply, cc, opts...)
	}
	limit := longTime
	switch req.(type) {
	case *api.QueryBatchPoints, *api.HealthCheckRequest, *api.GetCollectionInfoRequest, *api.CollectionExistsRequest:
		limit = quickTime
	}
	asked := ctx
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := invoke(ctx, method, req, reply, cc, opts...)
	if err != nil && ctx.Err() != nil && asked.Err() == nil {
		return fmt.Errorf("no answer within %s: %w", limit, err)
	}
	return err
}
