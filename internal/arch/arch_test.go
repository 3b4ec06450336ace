// Package arch holds the import rules of the house as a test: direction is
// cmd → daemon → shells → pure, drivers never import each other, and a package
// that is not listed fails.
package arch

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// pure packages use no socket, file, clock, goroutine, log or randomness, and
// import nothing of ours but pure packages.
var pure = []string{
	"routerid", "service", "selection", "node", "discovery", "discovery/signed", "discovery/opaque",
	"ospf/packet", "ospf/lsdb", "ospf/spf",
}

// forbiddenInPure are packages of the standard library that a pure package has
// no business with.
var forbiddenInPure = []string{
	"os", "os/exec", "net", "net/http", "log", "log/slog", "math/rand", "math/rand/v2",
	"crypto/rand", "sync", "syscall", "io/fs",
}

// allowed lists, for each package that is not pure, what of ours it may import
// besides the pure ones. A trailing … allows a whole tree.
var allowed = map[string][]string{
	"version":                     {},
	"ticks":                       {},
	"hearing":                     {},
	"durable":                     {},
	"identity":                    {"agent/trust", "durable", "hearing"},
	"identity/ca":                 {"durable", "identity"},
	"identity/enrol":              {"hearing", "identity", "identity/ca"},
	"identity/identitytest":       {"durable", "identity…"},
	"identity/login":              {"identity"},
	"config":                      {"agent", "agent/trust", "durable", "identity"},
	"config/schema":               {"config"},
	"journal":                     {"durable"},
	"api":                         {"durable", "ticks", "version"},
	"api/apitest":                 {"api"},
	"api/openapi":                 {"api", "api/apitest"},
	"api/client":                  {"api", "hearing"},
	"web":                         {"api", "hearing", "identity", "identity/login", "ticks", "version"},
	"web/watchertest":             {},
	"availability":                {"api", "durable"},
	"notify":                      {"agent/trust", "api"},
	"cli":                         {"api", "api/client", "cli/manual", "durable", "identity", "identity/ca", "identity/enrol", "version"},
	"cli/gen":                     {"cli"},
	"cli/manual":                  {},
	"checking":                    {"agent"},
	"checking/dnscheck":           {"checking"},
	"agent":                       {},
	"agent/agenttest":             {"agent…"},
	"agent/cgroup":                {},
	"agent/cgroup/cgrouptest":     {"agent/cgroup"},
	"agent/executable":            {"agent", "agent/process", "agent/trust"},
	"agent/foreground":            {"agent", "agent/process", "agent/trust"},
	"agent/makefile":              {"agent", "agent/process", "agent/trust"},
	"agent/none":                  {"agent"},
	"agent/process":               {"agent", "agent/cgroup"},
	"agent/systemd":               {"agent", "agent/cgroup", "agent/process"},
	"agent/trust":                 {},
	"routing":                     {},
	"routing/address":             {"routing"},
	"routing/announcetest":        {"routing"},
	"routing/frr":                 {"frr/vty"},
	"frr/vty":                     {},
	"frr/filter":                  {},
	"frr/ospfapi":                 {},
	"frr/ospfapi/ospfapitest":     {"frr/ospfapi"},
	"frr/frrtest":                 {"frr…"},
	"frr/frrpair":                 {"frr…"},
	"frr/doctor":                  {"frr/filter", "frr/vty", "frr/ospfapi"},
	"frr/database":                {"frr/vty", "ospf/packet"},
	"discovery/memory":            {},
	"discovery/signed/signedtest": {},
	"discovery/mediumtest":        {},
	"discovery/ospf":              {"frr/ospfapi"},
	"daemon":                      {"…"},
}

const module = "srr/internal/"

type pkg struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-tags", "lab", "-json=ImportPath,Imports", "srr/internal/...")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, stderr.String())
	}
	var ps []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		ps = append(ps, p)
	}
	return ps
}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		seen[name] = true
		if name == "arch" {
			continue
		}
		rule, listed := allowed[name]
		isPure := slices.Contains(pure, name)
		if !listed && !isPure {
			t.Errorf("%s is not in the import rules: add it where it belongs", name)
			continue
		}
		for _, imp := range p.Imports {
			own, isOwn := strings.CutPrefix(imp, module)
			switch {
			case strings.HasPrefix(imp, "srr/sim") && name != "daemon":
				t.Errorf("%s imports %s: only the daemon asks the simulator", name, imp)
			case isPure && slices.Contains(forbiddenInPure, imp):
				t.Errorf("%s is pure and imports %s", name, imp)
			case isOwn && slices.Contains(pure, own):
			case isOwn && !matches(rule, own):
				t.Errorf("%s imports %s", name, own)
			}
		}
	}
	for name := range allowed {
		if !seen[name] {
			t.Errorf("%s has import rules, but does not exist", name)
		}
	}
}

func matches(rule []string, name string) bool {
	return slices.ContainsFunc(rule, func(r string) bool {
		tree, isTree := strings.CutSuffix(r, "…")
		return r == name || isTree && strings.HasPrefix(name, tree)
	})
}

// TestSimulator: sim drives what srrd decides with, and no shell of it.
func TestSimulator(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "srr/sim/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, dep := range strings.Fields(string(out)) {
		if own, isOwn := strings.CutPrefix(dep, module); isOwn && !slices.Contains(pure, own) {
			t.Errorf("sim links %s, which is not pure", own)
		}
	}
}

// TestCommands: srrctl knows the daemon only through the API.
func TestCommands(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "srr/cmd/srrctl").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, bad := range []string{"daemon", "node", "config", "agent", "routing", "journal"} {
		if slices.Contains(strings.Fields(string(out)), module+bad) {
			t.Errorf("srrctl links %s%s: it talks to the daemon through the API only", module, bad)
		}
	}
}
