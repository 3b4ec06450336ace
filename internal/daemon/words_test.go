package daemon

import (
	"os"
	"strings"
	"testing"
	"time"

	"srr/internal/node"
)

// TestAlarms: each alarm of the core says what to do, and the operators' page
// knows it by the name that srrctl shows.
func TestAlarms(t *testing.T) {
	page, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		"medium", "cut off", "routing", "duplicate", "duplicate 10.0.0.2", "failed web", "refused web",
		"check web", "last web", "stray web", "address web", "clash web", "differs web", "state", "record 10.0.0.2", "signature 10.0.0.2", "peers", node.Unsettled,
	} {
		v := alarmView(node.Alarm{Key: key, Text: "why"}, time.Time{})
		if v.Advice == "" {
			t.Errorf("alarm %q: no advice", key)
		}
		if of := strings.HasSuffix(key, " web"); of != (v.Service == "web") {
			t.Errorf("alarm %q is about service %q", key, v.Service)
		}
		if !strings.Contains(string(page), "| `"+v.Code) {
			t.Errorf("alarm %q: docs/operating.md does not know %q", key, v.Code)
		}
		if key == "cut off" && !strings.Contains(v.Advice, "neighbor") { // ospfd runs, or it would be the medium
			t.Errorf("alarm %q: advice %q", key, v.Advice)
		}
	}
}
