//go:build !amd64

package local

var dotRows = dotRowsGo
