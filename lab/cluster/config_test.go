package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"srr/internal/config"
	"srr/lab"
)

// TestRender holds the configuration of the lab's nodes to the daemon's own
// rules.
func TestRender(t *testing.T) {
	topo := lab.Two()
	c := Config{
		Groups: []Group{{Name: "shop", On: Equal("n1", "n2")}},
		Services: []Service{
			{Name: "vip", On: Preferences{"n1": 200, "n3": 100}, Settings: []string{"addresses: [10.71.100.1]"}},
			{Name: "web", On: Equal("n1", "n2"), Settings: []string{
				"group: shop", "addresses: [10.71.100.2]", `run: [/bin/sleep, infinity]`,
				`check: {http: "http://{address}/", interval: 2s, timeout: 1s}`, "restarts: {max: 10, within: 1m}",
			}},
		},
	}
	if got := strings.Join(c.hosts(), " "); got != "n1 n2 n3" {
		t.Errorf("hosts are %s", got)
	}
	for _, name := range []string{"n1", "n2", "n3"} {
		n, err := topo.Node(name)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "srr.yaml")
		text := c.render(n, "/var/lib/srr", lab.Timers{})
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		loaded, err := config.Load(path, nil)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		if got := loaded.RouterID.String(); got != n.RouterID.String() {
			t.Errorf("%s has router ID %s", name, got)
		}
	}
}
