package daemon

import (
	"fmt"
	"testing"
	"time"
)

// TestVersionsAreKept: the newest first, and not for ever.
func TestVersionsAreKept(t *testing.T) {
	state := t.TempDir()
	if got, err := versions(state, "web"); err != nil || len(got) != 0 {
		t.Errorf("before there is any: %v %v", got, err)
	}
	for i := range maxVersions + 5 {
		if err := keepVersion(state, "web", fmt.Sprintf("text %d", i), time.UnixMilli(int64(990+i))); err != nil {
			t.Fatal(err)
		}
	}
	got, err := versions(state, "web")
	if err != nil || len(got) != maxVersions || got[0].Text != fmt.Sprintf("text %d", maxVersions+4) || got[maxVersions-1].Text != "text 5" {
		t.Errorf("%d versions, the first %+v: %v", len(got), got[0], err)
	}
}
