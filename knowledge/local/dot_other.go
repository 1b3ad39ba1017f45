//go:build !amd64

package local

var dotNibbles = dotNibblesGo
