package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"

	"footnote/pipeline"
)

// commandLog is newLog for commands that print a result: what is said around it are
// warnings, or more when log_level is debug.
func commandLog(c Config) *slog.Logger {
	if c.LogLevel == "info" {
		c.LogLevel = "warn"
	}
	return newLog(c)
}

// newLog writes to stderr; stdout belongs to what commands print.
func newLog(c Config) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level, ReplaceAttr: redact}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}

// secretText matches tokens that must never reach a log, wherever they stand.
var secretText = regexp.MustCompile(`\b(xox[a-z]-|xapp-|sk-|whsec_)[A-Za-z0-9+/=_-]{6,}|(postgres(?:ql)?|nats)://[^:@/\s]*:[^@\s]+@|[a-z][a-z0-9+.-]*://[^:@/\s]*:[^@/\s]+@`)

func redact(_ []string, a slog.Attr) slog.Attr {
	switch v := a.Value.Any().(type) {
	case Secret:
		a.Value = slog.StringValue(v.String())
	case string:
		a.Value = slog.StringValue(secretText.ReplaceAllString(v, "***"))
	case error:
		a.Value = slog.StringValue(secretText.ReplaceAllString(v.Error(), "***"))
	}
	return a
}

// metrics are what /metrics shows.
type metrics struct {
	registry *prometheus.Registry
	handled  *prometheus.CounterVec
	took     *prometheus.HistogramVec
	drafts   *prometheus.CounterVec
	without  *prometheus.CounterVec
	latency  prometheus.Histogram
	requests *prometheus.HistogramVec
}

func newMetrics() *metrics {
	r := prometheus.NewRegistry()
	m := &metrics{
		registry: r,
		handled:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "footnote_events_total", Help: "Events handled, by consumer, type and verdict (ack, wait, retry, dead)."}, []string{"consumer", "type", "verdict"}),
		took:     prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "footnote_event_seconds", Help: "Time to handle one event.", Buckets: prometheus.ExponentialBuckets(.001, 2, 15)}, []string{"consumer"}),
		drafts:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "footnote_drafts_total", Help: "Drafts, by drafter and result (proposed, abstained, skipped)."}, []string{"drafter", "result"}),
		without:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "footnote_drafts_without_model_total", Help: "Drafts that a model was asked for and did not write, by why (timeout, network, rate_limit, server, key, model, schema, rejected, budget, breaker, …)."}, []string{"why"}),
		latency:  prometheus.NewHistogram(prometheus.HistogramOpts{Name: "footnote_draft_seconds", Help: "Time to retrieve, write, check and save one draft.", Buckets: prometheus.ExponentialBuckets(.002, 2, 15)}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "footnote_http_seconds", Help: "HTTP requests, by route and status.", Buckets: prometheus.ExponentialBuckets(.001, 2, 14)}, []string{"route", "status"}),
	}
	r.MustRegister(m.handled, m.took, m.drafts, m.without, m.latency, m.requests,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *metrics) observe(consumer string, typ pipeline.EventType, verdict string, took time.Duration) {
	m.handled.WithLabelValues(consumer, string(typ), verdict).Inc()
	m.took.WithLabelValues(consumer).Observe(took.Seconds())
}

// gauge adds a figure that is read when /metrics is.
func (m *metrics) gauge(name, help string, read func(context.Context) (int, error)) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		n, err := read(ctx)
		if err != nil {
			return -1 // not known
		}
		return float64(n)
	}))
}

// startTraces exports spans over OTLP/HTTP and returns a function that flushes
// and stops. Without an endpoint tracing costs nothing.
func startTraces(ctx context.Context, c Config, log *slog.Logger) (func(context.Context) error, error) {
	if c.OTLP == "" {
		return func(context.Context) error { return nil }, nil
	}
	// The endpoint is the collector's; the signal's path is added as the
	// OpenTelemetry specification says for this variable.
	exp, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(strings.TrimSuffix(c.OTLP, "/")+"/v1/traces"))
	if err != nil {
		return nil, fmt.Errorf("start traces to %s: %w", c.OTLP, err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces not exported", "error", err) }))
	tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exp),
		sdktrace.WithResource(resource.NewSchemaless(semconv.ServiceName("footnote"))))
	otel.SetTracerProvider(tp)
	return tp.Shutdown, nil
}
