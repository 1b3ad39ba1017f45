package localpg

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// defaults fit a small machine that also runs the application. They are passed
// on the command line, so they win over files in the data directory.
var defaults = map[string]string{
	"shared_buffers":             "64MB",
	"effective_cache_size":       "512MB",
	"maintenance_work_mem":       "64MB",
	"work_mem":                   "8MB",
	"max_connections":            "60",
	"max_wal_size":               "512MB",
	"random_page_cost":           "1.1",
	"jit":                        "off", // costs more than our short queries take
	"max_parallel_workers":       "2",
	"autovacuum":                 "on",
	"fsync":                      "on",
	"synchronous_commit":         "on",
	"timezone":                   "UTC",
	"logging_collector":          "on",
	"log_filename":               "postgres-%a.log", // a ring of seven files
	"log_rotation_age":           "1d",
	"log_rotation_size":          "0",
	"log_truncate_on_rotation":   "on",
	"log_file_mode":              "0600",
	"log_timezone":               "UTC",
	"log_line_prefix":            "%m [%p] %q%u@%d ",
	"log_min_duration_statement": "2000",
	// Customers' words stay out of the log: no parameters, no key values.
	"log_parameter_max_length":          "0",
	"log_parameter_max_length_on_error": "0",
	"log_error_verbosity":               "terse",
}

// fast replaces some defaults when Config.Fast is set.
var fast = map[string]string{
	"fsync":              "off",
	"synchronous_commit": "off",
	"full_page_writes":   "off",
	"wal_level":          "minimal",
	"max_wal_senders":    "0",
}

// reserved decide where the server listens, who may connect, and where it
// keeps its files: ours alone.
var reserved = []string{
	"config_file", "data_directory", "external_pid_file", "hba_file", "ident_file", "listen_addresses",
	"log_destination", "log_directory", "log_filename", "logging_collector", "port",
	"unix_socket_directories", "unix_socket_group", "unix_socket_permissions",
}

var settingName = regexp.MustCompile(`^[a-z_][a-z0-9_.]*$`)

func checkSettings(settings map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		switch {
		case !settingName.MatchString(name):
			return fmt.Errorf("setting %q: not a PostgreSQL setting name in lower case", name)
		case slices.Contains(reserved, name):
			return fmt.Errorf("setting %q may not be changed", name)
		case strings.ContainsRune(settings[name], 0):
			return fmt.Errorf("setting %q: its value holds a zero byte", name)
		}
	}
	return nil
}

// arguments returns the command line of the postmaster.
func (s *Server) arguments() []string {
	all := maps.Clone(defaults)
	if s.cfg.Fast {
		maps.Copy(all, fast)
	}
	maps.Copy(all, s.cfg.Settings)
	maps.Copy(all, map[string]string{
		"listen_addresses":        "",
		"port":                    port,
		"unix_socket_directories": quoteList(s.sock.path),
		"unix_socket_permissions": "0700",
		"log_directory":           s.logDir(),
	})
	args := []string{"-D", s.dataDir()}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		args = append(args, "-c", name+"="+all[name])
	}
	return args
}

// quoteList makes one path a valid PostgreSQL list of paths, whatever commas,
// spaces or quotes it holds.
func quoteList(path string) string {
	return `"` + strings.ReplaceAll(path, `"`, `""`) + `"`
}
