package slack

import _ "embed"

// Manifest is the Slack app's manifest for Socket Mode, in YAML, with what else
// to do in its comments: for people who set Footnote up.
//
//go:embed manifest.yaml
var Manifest string
