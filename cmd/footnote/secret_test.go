package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHostileSettings: a secret in the wrong place, or in the right place of a file that
// is wrong elsewhere, is not repeated by the error.
func TestHostileSettings(t *testing.T) {
	const secret = "Zk7/pL0q-verysecret-9Vd2wXc4"
	write := func(text string) string {
		file := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for name, row := range map[string]struct {
		file string
		sets []string
		env  map[string]string
		want string
	}{
		"no space after the colon": {file: "listen: 127.0.0.1:0\nzendesk_token:" + secret + "\nholdout: 0.1\n", want: "config file"},
		"an open quote":            {file: "zendesk_token: \"" + secret + "\nholdout: 0.1\n", want: "line"},
		"a tab":                    {file: "holdout: 0.1\n\tzendesk_token: " + secret + "\n", want: "line"},
		"two colons":               {file: "zendesk_token: a: " + secret + "\n", want: "line 1"},
		"a bracket":                {file: "zendesk_token: [" + secret + "\n", want: "config file"},
		"an alias":                 {file: "zendesk_token: *" + secret + "\n", want: "config file"},
		"a tag":                    {file: "zendesk_token: !!int " + secret + "\n", want: ""},
		"only the secret":          {file: secret + "\n", want: "line 1"},
		"the secret as key":        {file: secret + ": zendesk_token\n", want: "no setting"},
		"twice":                    {file: "zendesk_token: " + secret + "\nzendesk_token: " + secret + "\n", want: "line 2"},
		"wrong elsewhere":          {file: "zendesk_token: " + secret + "\nholdout: " + secret + "\n", want: "holdout"},
		"set without =":            {sets: []string{"zendesk_token:" + secret}, want: "--set zendesk_token"},
		"set without a key":        {sets: []string{secret}, want: "key=value"},
		"set as key":               {sets: []string{secret + "=zendesk_token"}, want: "no setting"},
		"set twice":                {sets: []string{"zendesk_token=" + secret, "grace=" + secret}, want: "grace"},
		"in place of its file":     {env: map[string]string{"OPENAI_API_KEY_FILE": secret}, want: "OPENAI_API_KEY_FILE"},
		"in an address":            {sets: []string{"public_url=ftp://grace:" + strings.ReplaceAll(secret, "/", "") + "@desk.example"}, want: "public_url"},
		"too short":                {sets: []string{"webhook_secret=Zk7/pL0q"}, want: "webhook_secret: 8 characters can be guessed"},
		"one of two too short":     {sets: []string{"webhook_secret=" + secret + ",Zk7/pL0q"}, want: "can be guessed"},
		"a desk's too short":       {sets: []string{"freshdesk_secret=Zk7/pL0q"}, want: "freshdesk_secret"},
		"Slack's too short":        {sets: []string{"slack_signing_secret=Zk7/pL0q"}, want: "slack_signing_secret"},
	} {
		t.Run(name, func(t *testing.T) {
			file := ""
			if row.file != "" {
				file = write(row.file)
			}
			_, err := loadConfig(file, append([]string{"data=" + t.TempDir()}, row.sets...), func(k string) string { return row.env[k] })
			if err == nil {
				if row.want == "" {
					return
				}
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), row.want) {
				t.Errorf("it does not say %q: %v", row.want, err)
			}
			for _, part := range []string{"Zk7", "pL0q", "verysecret", "9Vd2"} {
				if strings.Contains(err.Error(), part) {
					t.Errorf("it repeats the secret: %v", err)
				}
			}
		})
	}
}
