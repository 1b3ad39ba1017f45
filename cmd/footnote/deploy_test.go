package main

import (
	"bufio"
	"debug/elf"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
	"github.com/nats-io/nats-server/v2/server"
)

const deployDir = "../../deploy"

func readDeploy(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(deployDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// compose is what the tests look at in compose.yaml.
type compose struct {
	Services map[string]struct {
		Image       string
		Command     []string
		Environment map[string]string
		Deploy      struct{ Replicas int }
		Volumes     []string
	}
	Volumes map[string]any
}

func readCompose(t *testing.T) compose {
	t.Helper()
	var c compose
	if err := yaml.Unmarshal([]byte(readDeploy(t, "compose.yaml")), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// isSetting tells environment variables of settings, also of desks and of secrets in files.
func isSetting(t *testing.T, name string) bool {
	t.Helper()
	c, err := loadConfig("", []string{"data=" + t.TempDir()}, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(settings(&c), func(f setting) bool {
		return f.env == name || f.secret() && f.env+"_FILE" == name
	})
}

// filled is env.example with something behind every name, as an operator would fill it.
func filled(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for s := bufio.NewScanner(strings.NewReader(readDeploy(t, "env.example"))); s.Scan(); {
		if name, value, ok := strings.Cut(s.Text(), "="); ok && !strings.HasPrefix(name, "#") {
			if value == "" {
				value = "0123456789abcdef0123456789abcdef"
			}
			out[name] = value
		}
	}
	return out
}

var reference = regexp.MustCompile(`\$\{([A-Z_]+)(:?[-?][^}]*)?\}`)

// TestComposeRoles: every role has its processes, every variable is a setting that reads
// well together with the others, and every host that is named is a service.
func TestComposeRoles(t *testing.T) {
	t.Parallel()
	c, env := readCompose(t), filled(t)
	roles, connections := map[string]bool{}, 0
	for name, s := range c.Services {
		if s.Image != "footnote" {
			continue
		}
		var line cli
		k, err := kong.New(&line, kong.Name("footnote"), kong.Exit(func(int) {}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Parse(s.Command); err != nil {
			t.Errorf("%s: footnote %v: %v", name, s.Command, err)
		}
		for _, r := range line.Serve.Roles {
			roles[r] = true
			if r != name {
				t.Errorf("service %s has the role %s", name, r)
			}
		}
		for key := range s.Environment {
			if !isSetting(t, key) {
				t.Errorf("%s: %s is no setting", name, key)
			}
		}
		conf, err := loadConfig("", []string{"data=" + t.TempDir()}, func(key string) string {
			return reference.ReplaceAllStringFunc(s.Environment[key], func(r string) string { return env[reference.FindStringSubmatch(r)[1]] })
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if s.Deploy.Replicas < 2 {
			t.Errorf("%s runs %d times", name, s.Deploy.Replicas)
		}
		connections += s.Deploy.Replicas * conf.PoolSize
		for _, list := range []string{conf.NATSURL, conf.NATSMonitor, string(conf.DatabaseURL), conf.QdrantURL} {
			for one := range strings.SplitSeq(list, ",") {
				u, err := url.Parse(one)
				if err != nil {
					t.Errorf("%s: %v", name, err)
				} else if _, ok := c.Services[u.Hostname()]; !ok {
					t.Errorf("%s names the host %q, which is no service", name, u.Hostname())
				}
			}
		}
	}
	for _, r := range allRoles {
		if !roles[r] {
			t.Errorf("no service has the role %s", r)
		}
	}
	most := regexp.MustCompile(`max_connections=(\d+)`).FindStringSubmatch(strings.Join(c.Services["postgres"].Command, " "))
	if n, _ := strconv.Atoi(most[1]); connections > n-3 {
		t.Errorf("the processes may open %d connections of %d", connections, n)
	}
	for name, s := range c.Services {
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if _, named := c.Volumes[from]; !named && !strings.HasPrefix(from, "./") && !strings.HasPrefix(from, "$") {
				t.Errorf("%s: volume %s is not declared", name, from)
			}
			if file, ok := strings.CutPrefix(from, "./"); ok {
				if _, err := os.Stat(filepath.Join(deployDir, file)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
}

// TestComposeVariables: what compose.yaml wants stands in env.example, and the other way.
func TestComposeVariables(t *testing.T) {
	t.Parallel()
	env, used := filled(t), map[string]bool{}
	for _, m := range reference.FindAllStringSubmatch(readDeploy(t, "compose.yaml"), -1) {
		used[m[1]] = true
		if _, ok := env[m[1]]; !ok {
			t.Errorf("%s is not in env.example", m[1])
		}
	}
	for name := range env {
		if !used[name] {
			t.Errorf("%s of env.example is used nowhere", name)
		}
	}
}

// TestNATSConfig reads the servers' file as the server does.
func TestNATSConfig(t *testing.T) {
	t.Setenv("NATS_NAME", "nats-2")
	t.Setenv("NATS_TOKEN", "0123456789abcdef0123456789abcdef")
	o, err := server.ProcessConfigFile(filepath.Join(deployDir, "nats.conf"))
	if err != nil {
		t.Fatal(err)
	}
	c := readCompose(t)
	if !o.JetStream || !o.SyncAlways || o.Authorization == "" || o.ServerName != "nats-2" || o.Port != 4222 || o.HTTPPort != 8222 || len(o.Routes) != 3 {
		t.Errorf("%+v", o)
	}
	for _, r := range o.Routes {
		s, ok := c.Services[r.Hostname()]
		if !ok || r.Port() != strconv.Itoa(o.Cluster.Port) || s.Environment["NATS_NAME"] != r.Hostname() {
			t.Errorf("route %s leads to no server of that name", r)
		}
	}
}

// TestPortsMatch: image, proxy and settings speak of one port.
func TestPortsMatch(t *testing.T) {
	t.Parallel()
	docker := readDeploy(t, "Dockerfile")
	port := regexp.MustCompile(`EXPOSE (\d+)`).FindStringSubmatch(docker)[1]
	if !strings.Contains(docker, "FOOTNOTE_LISTEN=0.0.0.0:"+port) {
		t.Errorf("EXPOSE %s, and the process listens elsewhere", port)
	}
	for _, m := range regexp.MustCompile(`(FOOTNOTE_[A-Z_]+)=`).FindAllStringSubmatch(docker, -1) {
		if !isSetting(t, m[1]) {
			t.Errorf("Dockerfile: %s is no setting", m[1])
		}
	}
	c := readCompose(t)
	for _, m := range regexp.MustCompile(`dynamic a (\S+) (\d+)`).FindAllStringSubmatch(readDeploy(t, "Caddyfile"), -1) {
		if _, ok := c.Services[m[1]]; !ok || m[2] != port {
			t.Errorf("the proxy leads to %s:%s", m[1], m[2])
		}
	}
	if !strings.Contains(docker, "USER 65532") || !strings.Contains(docker, "FROM scratch") {
		t.Error("the image has a shell or runs as root")
	}
}

// TestImageIsStatic: the image is built as make build does it, and what that built needs
// no library and no loader, for the image has none.
func TestImageIsStatic(t *testing.T) {
	t.Parallel()
	command := regexp.MustCompile(`CGO_ENABLED=0 \S+ build -trimpath -ldflags '?(\S+|"-s -w")'? -o \S+ (\S+)`)
	image := command.FindStringSubmatch(readDeploy(t, "Dockerfile"))
	made := command.FindStringSubmatch(readDeploy(t, "../Makefile"))
	if image == nil || made == nil || image[2] != made[2] {
		t.Fatalf("the Dockerfile builds %q, make build %q", image, made)
	}
	f, err := elf.Open("../../bin/footnote")
	if err != nil {
		t.Skip("make build first, on a system with ELF: ", err)
	}
	defer f.Close()
	if libs, err := f.ImportedLibraries(); err != nil || len(libs) > 0 || f.Section(".interp") != nil {
		t.Errorf("it needs %v and a loader (%v)", libs, err)
	}
}

// TestSystemdUnits: what the units start and set exists; systemd itself is asked where it is.
func TestSystemdUnits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"footnote.service", "footnote@.service"} {
		unit := readDeploy(t, "systemd/"+name)
		m := regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/footnote (.*)$`).FindStringSubmatch(unit)
		if m == nil {
			t.Fatalf("%s starts no footnote", name)
		}
		for _, role := range allRoles {
			var line cli
			k, err := kong.New(&line, kong.Name("footnote"), kong.Exit(func(int) {}))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := k.Parse(strings.Fields(strings.ReplaceAll(m[1], "%i", role))); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, e := range regexp.MustCompile(`(?m)^Environment=([A-Z_]+)=`).FindAllStringSubmatch(unit, -1) {
			if !isSetting(t, e[1]) {
				t.Errorf("%s: %s is no setting", name, e[1])
			}
		}
		// systemd wants the program to be there.
		unit = strings.ReplaceAll(unit, "/usr/local/bin/footnote", "/bin/true")
		if err := os.WriteFile(filepath.Join(dir, strings.Replace(name, "@.", "@ingress.", 1)), []byte(unit), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd is not here to verify the units")
	}
	for _, name := range []string{"footnote.service", "footnote@ingress.service"} {
		out, err := exec.Command("systemd-analyze", "verify", "--man=no", filepath.Join(dir, name)).CombinedOutput()
		if err != nil {
			t.Errorf("systemd-analyze verify %s: %v\n%s", name, err, out)
		}
	}
}
