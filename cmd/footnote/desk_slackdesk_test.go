package main

import (
	"maps"
	"testing"
)

func TestSupportChannels(t *testing.T) {
	got, err := supportChannels(" C01 , C02 = customers,, ", "C09")
	if err != nil || !maps.Equal(got, map[string]bool{"C01": false, "C02": true}) {
		t.Errorf("%v %v", got, err)
	}
	for _, bad := range []string{"C01,C09", "C09=customers", "C01=agents", "C01="} {
		if got, err := supportChannels(bad, "C09"); err == nil {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
}
