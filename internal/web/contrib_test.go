package web

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestAlertsAskForMetricsThatExist: a rule about a metric that was renamed would
// never fire.
func TestAlertsAskForMetricsThatExist(t *testing.T) {
	s := newSite(t)
	text := s.get(s.as("viewer"), "/metrics").body
	name := regexp.MustCompile(`\b(srr|process|go)_[a-z_]+`)
	for _, file := range []string{"../../contrib/prometheus/srr.rules.yml", "../../contrib/prometheus/srr-dashboard.json"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range name.FindAllString(string(b), -1) {
			if !strings.Contains(text, "# TYPE "+m+" ") {
				t.Errorf("%s asks for %s", file, m)
			}
		}
	}
}
