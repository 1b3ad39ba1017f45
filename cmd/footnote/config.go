package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
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
// default, the help line that `footnote config` prints, and least: how many characters
// a secret must have that keeps others out.
//
// A library would not do without loss: go-envconfig and kong's resolvers stop at the
// first problem; caarlos0/env and koanf name them all, but have no help of a field, no
// guess at a misspelt key and no <ENV>_FILE. With each, the layers, the masks and
// accounts whose prefix is made at run time would stay ours, and that is all of this.
//
// Behind a group stand the roles that need it, all roles where nothing stands: processes
// with these roles must have its settings alike, but for those tagged own:"process".
type Config struct {
	processSettings
	doorSettings
	busSettings
	databaseSettings
	indexSettings
	knowledgeSettings `roles:"drafting knowledge console"`
	embeddingSettings `roles:"drafting knowledge console"`
	rerankSettings    `roles:"drafting knowledge console"`
	modelSettings     `roles:"drafting console"`
	sandboxSettings   `roles:"ingress tracking delivery"`
	webhookSettings   `roles:"ingress tracking delivery"`
	allDesksSettings  `roles:"ingress tracking delivery"`
	slackSettings     `roles:"console"`
	measureSettings   `roles:"tracking console"`
	replySettings     `roles:"console"`
	policySettings    `roles:"drafting console"`
	retentionSettings `roles:"tracking console"`

	accounts []account // at helpdesks, with their settings; see desks.go
}

// processSettings are this process: where it keeps its files, where it listens, what it tells.
type processSettings struct {
	Data        string        `yaml:"data" own:"process" env:"FOOTNOTE_DATA" default:"" help:"data directory; empty: /var/lib/footnote as root, else ~/.local/share/footnote"`
	Listen      string        `yaml:"listen" own:"process" env:"FOOTNOTE_LISTEN" default:"127.0.0.1:8377" help:"address of console, webhooks and sandbox desk; port 0 takes a free one"`
	PublicURL   string        `yaml:"public_url" env:"FOOTNOTE_PUBLIC_URL" default:"" help:"how people reach the console, for links; empty: http://<listen>"`
	LogFormat   string        `yaml:"log_format" own:"process" env:"FOOTNOTE_LOG_FORMAT" default:"text" help:"text or json"`
	LogLevel    string        `yaml:"log_level" own:"process" env:"FOOTNOTE_LOG_LEVEL" default:"info" help:"debug, info, warn or error"`
	Grace       time.Duration `yaml:"grace" own:"process" env:"FOOTNOTE_GRACE" default:"10s" help:"how long running work may finish at shutdown"`
	OTLP        string        `yaml:"otlp_endpoint" own:"process" env:"OTEL_EXPORTER_OTLP_ENDPOINT" default:"" help:"OTLP/HTTP endpoint for traces, e.g. http://localhost:4318; empty: no traces"`
	AdminEmail  string        `yaml:"admin_email" env:"FOOTNOTE_ADMIN_EMAIL" default:"you@localhost" help:"the first account, made at start"`
	AdminName   string        `yaml:"admin_name" env:"FOOTNOTE_ADMIN_NAME" default:"Support" help:"name of the first account; it is the name customers see on replies"`
	Paused      bool          `yaml:"paused" env:"FOOTNOTE_PAUSED" default:"false" help:"true: take tickets in, draft nothing, whatever the switch on the operations page says"`
	Development bool          `yaml:"development" own:"process" env:"FOOTNOTE_DEVELOPMENT" default:"false" help:"true: pages for people who work on Footnote, such as /development/slack"`
}

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
			problems = append(problems, fmt.Errorf("--set %s: write key=value", sayKey(key, fields)))
		case i < 0:
			problems = append(problems, fmt.Errorf("--set: there is no setting %q%s", sayKey(key, fields), nearest(key, fields)))
		default:
			if err := fields[i].set(value); err != nil {
				problems = append(problems, fmt.Errorf("--set %s: %w", key, err))
			}
		}
	}
	problems = append(problems, tooShort(fields)...)
	problems = append(problems, c.check()...)
	return c, withoutSecrets(errors.Join(problems...), fields)
}

// setting is one field of Config with its tags.
type setting struct {
	key, env, def, help string
	least               int // characters of a secret that keeps others out
	v                   reflect.Value
	roles               string // that need it; empty: all
	own                 bool   // each process may have its own
}

func settings(c *Config) []setting {
	var out []setting
	v := reflect.ValueOf(c).Elem()
	for _, field := range reflect.VisibleFields(v.Type()) { // of the embedded structs too, in their order
		if tag := field.Tag; tag.Get("yaml") != "" {
			out = append(out, setting{key: tag.Get("yaml"), env: tag.Get("env"), def: tag.Get("default"), help: tag.Get("help"), least: leastOf(tag), v: v.FieldByIndex(field.Index),
				roles: v.Type().Field(field.Index[0]).Tag.Get("roles"), own: tag.Get("own") != ""})
		}
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
		if failed, ok := errors.AsType[*fs.PathError](err); ok {
			err = failed.Err // the path may be the secret itself, in the wrong place
		}
		return []error{fmt.Errorf("%s_FILE: the file cannot be read: %w", f.env, err)}
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
		return []error{fmt.Errorf("config file %s: %s", file, notYAML(err))}
	}
	var problems []error
	for key, value := range values {
		i := slices.IndexFunc(fields, func(f setting) bool { return f.key == key })
		if i < 0 {
			problems = append(problems, fmt.Errorf("config file: there is no setting %q%s", sayKey(key, fields), nearest(key, fields)))
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
	if best := nearestKey(key, fields); best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return "; `footnote config` lists them"
}

func nearestKey(key string, fields []setting) string {
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
	return best
}

// problems collects what is wrong with the settings.
type problems []error

func (p *problems) bad(format string, args ...any) { *p = append(*p, fmt.Errorf(format, args...)) }

func (p *problems) oneOf(key, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		p.bad("%s: %q is not one of %s", key, value, strings.Join(allowed, ", "))
	}
}

// address wants an http(s) URL, or nothing.
func (p *problems) address(key, value string) {
	if value == "" {
		return
	}
	if u, err := url.Parse(value); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		p.bad("%s: %q is no http(s) URL", key, value)
	}
}

func (p *problems) share(key string, value float64) {
	if value < 0 || value > 1 {
		p.bad("%s: %v is not between 0 and 1", key, value)
	}
}

// check finds values that cannot work, alone or together.
func (c *Config) check() []error {
	var p problems
	for _, part := range []interface{ check(*problems) }{&c.processSettings, c.doorSettings, c.busSettings, c.databaseSettings, c.indexSettings, c.knowledgeSettings,
		c.embeddingSettings, c.rerankSettings, c.modelSettings, c.sandboxSettings, c.webhookSettings, c.slackSettings, c.measureSettings, c.replySettings, c.retentionSettings} {
		part.check(&p)
	}
	if c.EmbeddingModel != "" {
		c.embeddings().check(&p, c.EmbeddingModel)
	}
	if c.Reranker == "model" && c.OpenAIModel == "" {
		p.bad("openai_model: required with reranker model")
	}
	return p
}

// check also fills in and makes absolute the data directory.
func (s *processSettings) check(p *problems) {
	p.oneOf("log_format", s.LogFormat, "text", "json")
	p.oneOf("log_level", s.LogLevel, "debug", "info", "warn", "error")
	if _, _, err := net.SplitHostPort(s.Listen); err != nil {
		p.bad("listen: %q is no host:port", s.Listen)
	}
	p.address("public_url", s.PublicURL)
	p.address("otlp_endpoint", s.OTLP)
	if s.Data == "" {
		dir, err := defaultData()
		if err != nil {
			p.bad("data: %v", err)
		}
		s.Data = dir
	}
	if dir, err := filepath.Abs(s.Data); err == nil {
		s.Data = dir
	}
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
