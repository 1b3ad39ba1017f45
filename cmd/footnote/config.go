package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// Config is everything that can be set. Defaults < file (YAML, flat keys) <
// environment < --set key=value. Secrets may also be read from a file whose
// path stands in <ENV>_FILE. The tag set is: yaml key, environment variable,
// default, and the help line that `footnote config` prints.
//
// A library would not do without loss: go-envconfig and kong's resolvers stop at the
// first problem; caarlos0/env and koanf name them all, but have no help of a field, no
// guess at a misspelt key and no <ENV>_FILE. With each, the layers, the masks and
// accounts whose prefix is made at run time would stay ours, and that is all of this.
type Config struct {
	Data      string        `yaml:"data" env:"FOOTNOTE_DATA" default:"" help:"data directory; empty: /var/lib/footnote as root, else ~/.local/share/footnote"`
	Listen    string        `yaml:"listen" env:"FOOTNOTE_LISTEN" default:"127.0.0.1:8377" help:"address of console, webhooks and sandbox desk; port 0 takes a free one"`
	PublicURL string        `yaml:"public_url" env:"FOOTNOTE_PUBLIC_URL" default:"" help:"how people reach the console, for links; empty: http://<listen>"`
	LogFormat string        `yaml:"log_format" env:"FOOTNOTE_LOG_FORMAT" default:"text" help:"text or json"`
	LogLevel  string        `yaml:"log_level" env:"FOOTNOTE_LOG_LEVEL" default:"info" help:"debug, info, warn or error"`
	Grace     time.Duration `yaml:"grace" env:"FOOTNOTE_GRACE" default:"10s" help:"how long running work may finish at shutdown"`
	OTLP      string        `yaml:"otlp_endpoint" env:"OTEL_EXPORTER_OTLP_ENDPOINT" default:"" help:"OTLP/HTTP endpoint for traces, e.g. http://localhost:4318; empty: no traces"`

	NATSURL      string        `yaml:"nats_url" env:"NATS_URL" default:"" help:"NATS server; empty: embedded"`
	NATSCreds    string        `yaml:"nats_creds" env:"NATS_CREDS" default:"" help:"path of a NATS credentials file; optional"`
	NATSReplicas int           `yaml:"nats_replicas" env:"NATS_REPLICAS" default:"1" help:"copies of each stream; 3 on a cluster"`
	NATSPort     int           `yaml:"nats_port" env:"FOOTNOTE_NATS_PORT" default:"0" help:"loopback port of the embedded NATS for other processes; 0: none"`
	NATSToken    Secret        `yaml:"nats_token" env:"FOOTNOTE_NATS_TOKEN" default:"" help:"token for the embedded NATS port"`
	NATSSize     int           `yaml:"nats_size" env:"FOOTNOTE_NATS_SIZE" default:"0" help:"MiB of events kept; near it the oldest handled ones go before nats_keep; 0: 8192 embedded (less on a small disk), elsewhere as the stream is"`
	NATSKeep     time.Duration `yaml:"nats_keep" env:"FOOTNOTE_NATS_KEEP" default:"720h" help:"how long events stay readable after they are handled; unhandled ones stay as long as it takes"`
	NATSShrink   bool          `yaml:"nats_shrink" env:"FOOTNOTE_NATS_SHRINK" default:"false" help:"true: nats_replicas and nats_size may make existing streams less, once"`
	AckWait      time.Duration `yaml:"ack_wait" env:"FOOTNOTE_ACK_WAIT" default:"30s" help:"how long a dead worker's event waits before another takes it"`

	DatabaseURL  Secret `yaml:"database_url" env:"DATABASE_URL" default:"" help:"PostgreSQL connection string; empty: a private PostgreSQL in the data directory"`
	PGBin        string `yaml:"pg_bin" env:"FOOTNOTE_PG_BIN" default:"" help:"directory of initdb and postgres; empty: found on this machine"`
	DatabaseSize int    `yaml:"database_size" env:"FOOTNOTE_DATABASE_SIZE" default:"0" help:"MiB that the database may have, for the alarm before it is full; 0: what is free on the disk of the private PostgreSQL, elsewhere no alarm"`
	PoolSize     int    `yaml:"pool_size" env:"FOOTNOTE_POOL_SIZE" default:"20" help:"database connections, at least 6"`

	QdrantURL    string `yaml:"qdrant_url" env:"QDRANT_URL" default:"" help:"Qdrant gRPC endpoint, e.g. http://host:6334 or https://…; empty: embedded index"`
	QdrantAPIKey Secret `yaml:"qdrant_api_key" env:"QDRANT_API_KEY" default:"" help:"Qdrant API key"`
	Collection   string `yaml:"collection" env:"FOOTNOTE_COLLECTION" default:"knowledge" help:"alias of the knowledge collection"`

	OpenAIKey        Secret        `yaml:"openai_api_key" env:"OPENAI_API_KEY" default:"" help:"key of the model provider; empty is fine for local providers"`
	OpenAIBaseURL    string        `yaml:"openai_base_url" env:"OPENAI_BASE_URL" default:"" help:"OpenAI-compatible endpoint incl. /v1; empty with a key: api.openai.com"`
	OpenAIModel      string        `yaml:"openai_model" env:"OPENAI_MODEL" default:"" help:"chat model; empty: drafts are extractive, no model is called"`
	FallbackKey      Secret        `yaml:"fallback_api_key" env:"OPENAI_FALLBACK_API_KEY" default:"" help:"key of the second provider"`
	FallbackBaseURL  string        `yaml:"fallback_base_url" env:"OPENAI_FALLBACK_BASE_URL" default:"" help:"endpoint of the second provider"`
	FallbackModel    string        `yaml:"fallback_model" env:"OPENAI_FALLBACK_MODEL" default:"" help:"chat model of the second provider; empty: none"`
	PriceInput       int64         `yaml:"price_input" env:"OPENAI_PRICE_INPUT" default:"0" help:"micro-USD per million input tokens, for the cost ledger"`
	PriceCached      int64         `yaml:"price_cached" env:"OPENAI_PRICE_CACHED" default:"0" help:"micro-USD per million cached input tokens"`
	PriceOutput      int64         `yaml:"price_output" env:"OPENAI_PRICE_OUTPUT" default:"0" help:"micro-USD per million output tokens"`
	BudgetPerDay     int64         `yaml:"budget_per_day" env:"FOOTNOTE_BUDGET_PER_DAY" default:"0" help:"micro-USD a day for models; 0: no limit; beyond it drafts are extractive"`
	ModelTimeout     time.Duration `yaml:"model_timeout" env:"FOOTNOTE_MODEL_TIMEOUT" default:"12s" help:"longest single call to a model"`
	EmbeddingModel   string        `yaml:"embedding_model" env:"OPENAI_EMBEDDING_MODEL" default:"" help:"embedding model; empty: search by terms only"`
	EmbeddingSize    int           `yaml:"embedding_size" env:"OPENAI_EMBEDDING_SIZE" default:"0" help:"dimensions of the embedding model; required with it"`
	QuestionPrefix   string        `yaml:"embedding_question_prefix" env:"OPENAI_EMBEDDING_QUESTION_PREFIX" default:"" help:"what stands before a question for the embedding model, such as query: ; empty: what its name is known for (E5, Nomic, BGE, Arctic); none: nothing"`
	PassagePrefix    string        `yaml:"embedding_passage_prefix" env:"OPENAI_EMBEDDING_PASSAGE_PREFIX" default:"" help:"the same before a passage; changing it indexes anew beside the old index"`
	EmbeddingBaseURL string        `yaml:"embedding_base_url" env:"OPENAI_EMBEDDING_BASE_URL" default:"" help:"endpoint for embeddings; empty: openai_base_url"`
	Reranker         string        `yaml:"reranker" env:"FOOTNOTE_RERANKER" default:"" help:"who judges the best passages again: cohere (also Jina, vLLM), tei, model (the chat model); empty: nobody"`
	RerankURL        string        `yaml:"rerank_url" env:"FOOTNOTE_RERANK_URL" default:"" help:"whole address of the rerank endpoint; required with cohere and tei"`
	RerankModel      string        `yaml:"rerank_model" env:"FOOTNOTE_RERANK_MODEL" default:"" help:"model of the rerank endpoint"`
	RerankKey        Secret        `yaml:"rerank_api_key" env:"FOOTNOTE_RERANK_API_KEY" default:"" help:"key of the rerank endpoint"`
	RerankTimeout    time.Duration `yaml:"rerank_timeout" env:"FOOTNOTE_RERANK_TIMEOUT" default:"2s" help:"how long a search waits for the reranker before it goes on without"`

	Knowledge         string        `yaml:"knowledge" env:"FOOTNOTE_KNOWLEDGE" default:"" help:"folder or .jsonl file with the knowledge; empty: only what was synced before"`
	KnowledgeAudience string        `yaml:"knowledge_audience" env:"FOOTNOTE_KNOWLEDGE_AUDIENCE" default:"public" help:"audience of documents that do not say: public or internal"`
	SyncEvery         time.Duration `yaml:"sync_every" env:"FOOTNOTE_SYNC_EVERY" default:"5m" help:"how often the knowledge folder is synced; 0: only by command"`

	AnswerThreshold float64 `yaml:"answer_threshold" env:"FOOTNOTE_ANSWER_THRESHOLD" default:"0" help:"least probability, 0 to 1, that the sources answer at which a draft is proposed; 0: the default of 0.14"`

	Sandbox      bool   `yaml:"sandbox" env:"FOOTNOTE_SANDBOX" default:"true" help:"run the built-in sandbox desk at /sandbox/"`
	SandboxURL   string `yaml:"sandbox_url" env:"FOOTNOTE_SANDBOX_URL" default:"" help:"a sandbox desk in another process, instead of the built-in one"`
	SandboxToken Secret `yaml:"sandbox_token" env:"FOOTNOTE_SANDBOX_TOKEN" default:"" help:"API token and webhook secret of the sandbox desk; empty: kept in the data directory"`

	WebhookSecret      Secret `yaml:"webhook_secret" env:"FOOTNOTE_WEBHOOK_SECRET" default:"" help:"whsec_… of the generic webhook desk, two separated by a comma while one replaces the other; empty: its route is closed"`
	WebhookReplySecret Secret `yaml:"webhook_reply_secret" env:"FOOTNOTE_WEBHOOK_REPLY_SECRET" default:"" help:"signs what goes out to the webhook desk; empty: the first webhook_secret"`
	WebhookReplyURL    string `yaml:"webhook_reply_url" env:"FOOTNOTE_WEBHOOK_REPLY_URL" default:"" help:"where approved replies of the webhook desk are posted"`
	WebhookThreadURL   string `yaml:"webhook_thread_url" env:"FOOTNOTE_WEBHOOK_THREAD_URL" default:"" help:"where a ticket can be read back; empty: ambiguous sends are asked about"`
	WebhookChangedURL  string `yaml:"webhook_changed_url" env:"FOOTNOTE_WEBHOOK_CHANGED_URL" default:"" help:"lists tickets changed since a time, asked every reconcile interval; needs webhook_thread_url; empty: missed webhooks stay missed"`

	SlackBotToken      Secret `yaml:"slack_bot_token" env:"SLACK_BOT_TOKEN" default:"" help:"xoxb-…; empty: no Slack"`
	SlackAppToken      Secret `yaml:"slack_app_token" env:"SLACK_APP_TOKEN" default:"" help:"xapp-… for Socket Mode; empty: HTTP mode"`
	SlackSigningSecret Secret `yaml:"slack_signing_secret" env:"SLACK_SIGNING_SECRET" default:"" help:"for HTTP mode; empty: its routes are closed"`
	SlackChannel       string `yaml:"slack_channel" env:"SLACK_CHANNEL" default:"" help:"id of the triage channel where cards are posted"`
	SlackGroups        string `yaml:"slack_groups" env:"SLACK_GROUPS" default:"" help:"roles by Slack user group, e.g. S01ABC=agent,S02DEF=manager; empty: the role of each account"`
	SlackReactions     string `yaml:"slack_reactions" env:"SLACK_REACTIONS" default:"+1=good,-1=bad" help:"emoji on answers that count as feedback; empty: none"`
	SlackDigest        string `yaml:"slack_digest" env:"SLACK_DIGEST" default:"" help:"daily or weekly (Mondays): figures for managers posted in Slack; empty: never"`
	SlackDigestChannel string `yaml:"slack_digest_channel" env:"SLACK_DIGEST_CHANNEL" default:"" help:"id of the channel for the digest; empty: slack_channel"`
	SlackDigestHour    int    `yaml:"slack_digest_hour" env:"SLACK_DIGEST_HOUR" default:"8" help:"hour of the day (UTC) from which the digest is posted"`
	SlackAPIURL        string `yaml:"slack_api_url" env:"SLACK_API_URL" default:"" help:"Slack's API; empty: the real one"`

	Desks string `yaml:"desks" env:"FOOTNOTE_DESKS" default:"" help:"further accounts of a platform, separated by commas, e.g. zendesk-eu; their settings begin with zendesk_eu_"`

	AdminEmail string        `yaml:"admin_email" env:"FOOTNOTE_ADMIN_EMAIL" default:"you@localhost" help:"the first account, made at start"`
	AdminName  string        `yaml:"admin_name" env:"FOOTNOTE_ADMIN_NAME" default:"Support" help:"name of the first account; it is the name customers see on replies"`
	IdleLimit  time.Duration `yaml:"idle_limit" env:"FOOTNOTE_IDLE_LIMIT" default:"15m" help:"longest silence that still counts as handling time"`
	Holdout    float64       `yaml:"holdout" env:"FOOTNOTE_HOLDOUT" default:"0" help:"share of tickets in the control arm, 0 to 1"`
	Settle     time.Duration `yaml:"settle" env:"FOOTNOTE_SETTLE" default:"30s" help:"wait before looking at the desk for a reply whose fate is unknown"`
	SendLimit  time.Duration `yaml:"send_timeout" env:"FOOTNOTE_SEND_TIMEOUT" default:"40s" help:"longest time from starting to send a reply to knowing; after it another process asks the desk"`
	Reconcile  time.Duration `yaml:"reconcile" env:"FOOTNOTE_RECONCILE" default:"60s" help:"how often desks are asked for what webhooks missed; 0: never"`
	Paused     bool          `yaml:"paused" env:"FOOTNOTE_PAUSED" default:"false" help:"true: take tickets in, draft nothing, whatever the switch on the operations page says"`

	KeepTickets     time.Duration `yaml:"keep_tickets" env:"FOOTNOTE_KEEP_TICKETS" default:"9600h" help:"how long words and persons of finished tickets are kept; 0, here and below: for ever; docs/retention.md"`
	KeepDrafts      time.Duration `yaml:"keep_drafts" env:"FOOTNOTE_KEEP_DRAFTS" default:"9600h" help:"sentences and passages of decided drafts"`
	KeepRequests    time.Duration `yaml:"keep_requests" env:"FOOTNOTE_KEEP_REQUESTS" default:"720h" help:"threads kept with outcomes"`
	KeepDeliveries  time.Duration `yaml:"keep_deliveries" env:"FOOTNOTE_KEEP_DELIVERIES" default:"2160h" help:"texts of replies that ended"`
	KeepOutbox      time.Duration `yaml:"keep_outbox" env:"FOOTNOTE_KEEP_OUTBOX" default:"168h" help:"events of decisions once they are on the bus"`
	KeepModelCalls  time.Duration `yaml:"keep_model_calls" env:"FOOTNOTE_KEEP_MODEL_CALLS" default:"9600h" help:"single calls to models"`
	KeepDeadLetters time.Duration `yaml:"keep_dead_letters" env:"FOOTNOTE_KEEP_DEAD_LETTERS" default:"720h" help:"dead letters after they were replayed; others stay"`
	KeepVersions    time.Duration `yaml:"keep_versions" env:"FOOTNOTE_KEEP_VERSIONS" default:"9600h" help:"document versions after they were replaced"`

	Development bool `yaml:"development" env:"FOOTNOTE_DEVELOPMENT" default:"false" help:"true: pages for people who work on Footnote, such as /development/slack"`

	accounts []account // at helpdesks, with their settings; see desks.go
}

// Secret is a string that never prints itself.
type Secret string

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// list splits a secret at commas: several are valid while one is rotated.
func (s Secret) list() []string {
	var out []string
	for _, part := range strings.Split(string(s), ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// GoString hides the value from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the value from JSON and logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// loadConfig reads all layers and reports every problem at once, each naming
// its key. getenv is os.Getenv outside tests.
func loadConfig(file string, sets []string, getenv func(string) string) (Config, error) {
	var c Config
	problems := c.openAccounts(moreDesks(file, sets, getenv))
	fields := settings(&c)
	for _, f := range fields {
		if f.def == "" && f.v.IsZero() {
			continue
		}
		if err := f.set(f.def); err != nil {
			problems = append(problems, fmt.Errorf("default of %s: %w", f.key, err))
		}
	}
	problems = append(problems, fromFile(file, fields)...)
	for _, f := range fields {
		problems = append(problems, f.fromEnv(getenv)...)
	}
	for _, s := range sets {
		key, value, ok := strings.Cut(s, "=")
		i := slices.IndexFunc(fields, func(f setting) bool { return f.key == key })
		switch {
		case !ok:
			problems = append(problems, fmt.Errorf("--set %s: write key=value", s))
		case i < 0:
			problems = append(problems, fmt.Errorf("--set %s: there is no setting %q%s", s, key, nearest(key, fields)))
		default:
			if err := fields[i].set(value); err != nil {
				problems = append(problems, fmt.Errorf("--set %s: %w", key, err))
			}
		}
	}
	problems = append(problems, c.check()...)
	return c, errors.Join(problems...)
}

// setting is one field of Config with its tags.
type setting struct {
	key, env, def, help string
	v                   reflect.Value
}

func settings(c *Config) []setting {
	v := reflect.ValueOf(c).Elem()
	var out []setting
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		if tag.Get("yaml") == "" {
			continue
		}
		out = append(out, setting{key: tag.Get("yaml"), env: tag.Get("env"), def: tag.Get("default"), help: tag.Get("help"), v: v.Field(i)})
	}
	for _, a := range c.accounts {
		out = append(out, a.fields()...)
	}
	return out
}

func (f setting) secret() bool { return f.v.Type() == reflect.TypeFor[Secret]() }

func (f setting) set(s string) error {
	switch f.v.Interface().(type) {
	case time.Duration:
		d, err := time.ParseDuration(s)
		if err != nil || d < 0 {
			return fmt.Errorf("%q is no duration; write e.g. 30s or 5m", s)
		}
		f.v.SetInt(int64(d))
	case bool:
		b, err := strconv.ParseBool(s)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", s)
		}
		f.v.SetBool(b)
	case int, int64:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is no whole number", s)
		}
		f.v.SetInt(n)
	case float64:
		x, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return fmt.Errorf("%q is no number", s)
		}
		f.v.SetFloat(x)
	default:
		f.v.SetString(s)
	}
	return nil
}

func (f setting) fromEnv(getenv func(string) string) []error {
	if s := getenv(f.env); s != "" {
		if err := f.set(s); err != nil {
			return []error{fmt.Errorf("%s: %w", f.env, err)}
		}
		return nil
	}
	path := getenv(f.env + "_FILE")
	if path == "" || !f.secret() {
		return nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return []error{fmt.Errorf("%s_FILE: %w", f.env, err)}
	}
	f.v.SetString(strings.TrimSpace(string(b)))
	return nil
}

func fromFile(file string, fields []setting) []error {
	if file == "" {
		return nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return []error{fmt.Errorf("config file: %w", err)}
	}
	var values map[string]any
	if err := yaml.Unmarshal(b, &values); err != nil {
		return []error{fmt.Errorf("config file %s: %w", file, err)}
	}
	var problems []error
	for key, value := range values {
		i := slices.IndexFunc(fields, func(f setting) bool { return f.key == key })
		if i < 0 {
			problems = append(problems, fmt.Errorf("config file: there is no setting %q%s", key, nearest(key, fields)))
			continue
		}
		if err := fields[i].set(fmt.Sprint(value)); err != nil {
			problems = append(problems, fmt.Errorf("config file: %s: %w", key, err))
		}
	}
	return problems
}

// nearest suggests a setting that shares the longest beginning with key.
func nearest(key string, fields []setting) string {
	best, length := "", 3
	for _, f := range fields {
		n := 0
		for n < len(key) && n < len(f.key) && key[n] == f.key[n] {
			n++
		}
		if n > length {
			best, length = f.key, n
		}
	}
	if best == "" {
		return "; `footnote config` lists them"
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// check finds values that cannot work together.
func (c *Config) check() []error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	oneOf := func(key, value string, allowed ...string) {
		if !slices.Contains(allowed, value) {
			bad("%s: %q is not one of %s", key, value, strings.Join(allowed, ", "))
		}
	}
	oneOf("log_format", c.LogFormat, "text", "json")
	oneOf("log_level", c.LogLevel, "debug", "info", "warn", "error")
	oneOf("knowledge_audience", c.KnowledgeAudience, "public", "internal")
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		bad("listen: %q is no host:port", c.Listen)
	}
	for key, value := range map[string]string{"public_url": c.PublicURL, "qdrant_url": c.QdrantURL, "openai_base_url": c.OpenAIBaseURL,
		"fallback_base_url": c.FallbackBaseURL, "embedding_base_url": c.EmbeddingBaseURL, "rerank_url": c.RerankURL, "webhook_reply_url": c.WebhookReplyURL,
		"webhook_thread_url": c.WebhookThreadURL, "webhook_changed_url": c.WebhookChangedURL, "sandbox_url": c.SandboxURL, "otlp_endpoint": c.OTLP} {
		if value == "" {
			continue
		}
		if u, err := url.Parse(value); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			bad("%s: %q is no http(s) URL", key, value)
		}
	}
	if c.AnswerThreshold < 0 || c.AnswerThreshold > 1 {
		bad("answer_threshold: %v is not between 0 and 1", c.AnswerThreshold)
	}
	if c.Holdout < 0 || c.Holdout > 1 {
		bad("holdout: %v is not between 0 and 1", c.Holdout)
	}
	if c.PoolSize < 6 {
		bad("pool_size: %d is too small; use at least 6", c.PoolSize)
	}
	if c.EmbeddingModel != "" && c.EmbeddingSize <= 0 {
		bad("embedding_size: set it to the dimensions of %s", c.EmbeddingModel)
	}
	oneOf("reranker", c.Reranker, "", "cohere", "tei", "model")
	if (c.Reranker == "cohere" || c.Reranker == "tei") && c.RerankURL == "" {
		bad("rerank_url: required with reranker %s", c.Reranker)
	}
	if c.Reranker == "model" && c.OpenAIModel == "" {
		bad("openai_model: required with reranker model")
	}
	if c.WebhookChangedURL != "" && c.WebhookThreadURL == "" {
		bad("webhook_changed_url: needs webhook_thread_url, which reads the tickets it names")
	}
	if c.NATSSize < 0 || c.DatabaseSize < 0 {
		bad("nats_size, database_size: a size in MiB is not below 0")
	}
	c.checkAges(bad)
	if c.NATSKeep < time.Hour {
		bad("nats_keep: %s is too short to explain anything; use at least 1h", c.NATSKeep)
	}
	if c.NATSPort != 0 && c.NATSToken == "" {
		bad("nats_token: required with nats_port")
	}
	if c.SlackBotToken != "" && c.SlackChannel == "" {
		bad("slack_channel: required with slack_bot_token")
	}
	if c.SlackBotToken != "" && c.SlackAppToken == "" && c.SlackSigningSecret == "" {
		bad("slack_app_token or slack_signing_secret: one of them is required with slack_bot_token")
	}
	for key, value := range map[string]string{"slack_groups": c.SlackGroups, "slack_reactions": c.SlackReactions} {
		if _, err := pairs(value); err != nil {
			bad("%s: %v", key, err)
		}
	}
	oneOf("slack_digest", c.SlackDigest, "", "daily", "weekly")
	if c.Data == "" {
		dir, err := defaultData()
		if err != nil {
			bad("data: %v", err)
		}
		c.Data = dir
	}
	if dir, err := filepath.Abs(c.Data); err == nil {
		c.Data = dir
	}
	return problems
}

// pairs reads "a=b,c=d".
func pairs(s string) (map[string]string, error) {
	out := map[string]string{}
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		key, value, ok := strings.Cut(item, "=")
		if key, value = strings.TrimSpace(key), strings.TrimSpace(value); !ok || key == "" || value == "" {
			return nil, fmt.Errorf("%q: write name=value, separated by commas", item)
		}
		out[key] = value
	}
	return out, nil
}

// defaultData is where an installation keeps its files. Root uses a directory
// that the database's own user can reach; a home directory often is not.
func defaultData() (string, error) {
	if os.Geteuid() == 0 {
		return "/var/lib/footnote", nil
	}
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "footnote"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("set FOOTNOTE_DATA: %w", err)
	}
	return filepath.Join(home, ".local", "share", "footnote"), nil
}

// print writes the effective settings with secrets masked.
func (c *Config) print(w io.Writer) {
	for _, f := range settings(c) {
		fmt.Fprintf(w, "# %s (%s)\n%s: %v\n", f.help, f.env, f.key, f.v.Interface())
	}
}
