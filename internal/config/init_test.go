package config

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"srr/internal/discovery/signed"
	"srr/internal/identity"
	"srr/internal/identity/identitytest"
	"srr/internal/routerid"
	"srr/internal/service"
)

// fakeRouter is an ospfd that answers.
type fakeRouter struct{ closed error }

func (fakeRouter) RouterID() (routerid.ID, error) { return routerid.Parse("10.0.0.7") }
func (fakeRouter) Areas() ([]string, error)       { return []string{"0.0.0.0", "0.0.0.1"}, nil }
func (fakeRouter) Interfaces() ([]string, error)  { return []string{"eth0"}, nil }
func (r fakeRouter) APIOpen(netip.AddrPort) error { return r.closed }

func TestInit(t *testing.T) {
	for name, c := range map[string]struct {
		options InitOptions
		router  Router
		answers string
		agent   AgentSpec
		want    []string // in what init prints
	}{
		"takes every proposal": {
			options: InitOptions{Yes: true}, router: fakeRouter{},
			want: []string{"router ID 10.0.0.7, areas 0.0.0.0, 0.0.0.1, interfaces eth0", "add a service"},
		},
		"asks": {
			router:  fakeRouter{closed: errors.New("connection refused")},
			answers: "Shop\nshop\n\n10.0.0\n10.0.0.7\n\nweb\n10.71.100.1/32\n10.71.100.1\nbash\nmake\n",
			agent:   AgentSpec{Kind: AgentMake, Path: "web/Makefile"},
			want: []string{
				`"Shop" is no valid name`, "Name of this node [node7]:", "Router ID of this node [10.0.0.7]:",
				"The OSPF API is closed (connection refused)", `"10.71.100.1/32" is no IP address`, "fill in the targets",
			},
		},
		"asks for no service": {router: fakeRouter{}, answers: "\n\n\n\n-\n", want: []string{"Name of a first service"}},
		"no ospfd": {
			options: InitOptions{Yes: true, RouterID: "10.0.0.9", Name: "n9", Cluster: "shop"},
			want:    []string{"No ospfd was found"},
		},
		"unit from flags": {
			options: InitOptions{
				Yes: true, RouterID: "10.0.0.9",
				Service: FirstService{Name: "web", Address: "10.71.100.1", Command: "nginx.service"},
			},
			agent: AgentSpec{Kind: AgentUnit, Unit: "nginx.service"}, want: []string{"disable --now nginx.service"},
		},
		"command with quotes": {
			options: InitOptions{
				Yes: true, RouterID: "10.0.0.9", VTY: `/run/"frr"`,
				Service: FirstService{Name: "web", Address: "10.71.100.1", Kind: AgentRun, Command: `/bin/x "a b" # : [ '"\' é 🌀`},
			},
			agent: AgentSpec{Kind: AgentRun, Args: []string{"/bin/x", "a b", "#", ":", "[", `"\`, "é", "🌀"}},
		},
		"address alone": {
			options: InitOptions{
				Yes: true, RouterID: "10.0.0.9",
				Service: FirstService{Name: "web", Address: "10.71.100.1", Kind: "none"},
			},
		},
		"unit of another kind": {
			options: InitOptions{
				Yes: true, RouterID: "10.0.0.9",
				Service: FirstService{Name: "web", Address: "10.71.100.1", Command: "srv.mount"},
			},
			agent: AgentSpec{Kind: AgentUnit, Unit: "srv.mount"},
		},
		"asks for the unit again": {
			router: fakeRouter{}, answers: "\n\n\n\nweb\n10.71.100.1\nunit\nnginx\nnginx.service\n",
			agent: AgentSpec{Kind: AgentUnit, Unit: "nginx.service"}, want: []string{`"nginx" is no name of a unit; write nginx.service`},
		},
		"asks for the executable again": {
			router: fakeRouter{}, answers: "\n\n\n\nweb\n-\nexec\nbin/web\n/bin//web\n\n/bin/web\n",
			agent: AgentSpec{Kind: AgentExec, Path: "/bin/web"},
			want:  []string{`"bin/web" is no absolute path`, "write /bin/web", "an answer is needed"},
		},
		"asks for the command again": {
			router: fakeRouter{}, answers: "\n\n\n\nweb\n-\nrun\nsleep 1\n/bin/sleep \"1\n/bin/sleep ''\n/bin/a\tb\n/bin/sleep \"10 00\"\n",
			agent: AgentSpec{Kind: AgentRun, Args: []string{"/bin/sleep", "10 00"}},
			want:  []string{`"sleep" is no absolute path; no shell reads it`, `the quote " is not closed`, "an argument is empty", "control character"},
		},
		"asks again what runs nothing": {
			router: fakeRouter{}, answers: "\n\n\n\nweb\n-\nnone\nmake\n",
			agent: AgentSpec{Kind: AgentMake, Path: "web/Makefile"}, want: []string{"neither an address"},
		},
		"asks what a command is": {
			options: InitOptions{Service: FirstService{Command: "/bin/web"}}, router: fakeRouter{},
			answers: "\n\n\n\nweb\n-\n\nnone\nexec\n",
			agent:   AgentSpec{Kind: AgentExec, Path: "/bin/web"}, want: []string{"unit or none: ", "none runs nothing, and not /bin/web"},
		},
		"asks for the unit": {
			options: InitOptions{
				RouterID: "10.0.0.9", Cluster: "c", Name: "n", OSPFAPI: "127.0.0.1:1",
				Service: FirstService{Name: "disk", Kind: AgentUnit},
			},
			answers: "srv.mount\n", agent: AgentSpec{Kind: AgentUnit, Unit: "srv.mount"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Chdir(dir)
			if c.agent.Path != "" && !filepath.IsAbs(c.agent.Path) {
				c.agent.Path = filepath.Join(dir, c.agent.Path)
			}
			var out bytes.Buffer
			c.options.File = filepath.Join(dir, "srr.yaml")
			err := Init(t.Context(), c.options, InitEnv{
				In: strings.NewReader(c.answers), Out: &out, Hostname: "Node7.example.org", Router: c.router,
			})
			if err != nil {
				t.Fatalf("%v\n%s", err, &out)
			}
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("not printed: %q in\n%s", want, &out)
				}
			}
			checkInitialised(t, c.agent)
		})
	}
}

// TestInitNames: a name that YAML would read as something else is one all the same, and a
// usual one is written as people would.
func TestInitNames(t *testing.T) {
	for name, quoted := range map[string]bool{
		"1001": true, "007": true, "08": true, "1e3": true, "0x1f": true, "1_000": true, "true": true, "null": true,
		"shop": false, "n1": false, "1a": false, "10-0-0-1": false, "on": false,
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			o := InitOptions{
				File: "srr.yaml", Yes: true, Cluster: name, RouterID: "10.0.0.9",
				Service: FirstService{Name: name, Address: "10.71.100.1"},
			}
			err := Init(t.Context(), o, InitEnv{In: strings.NewReader(""), Out: new(bytes.Buffer), Hostname: name})
			if err != nil {
				t.Fatal(err)
			}
			if c := mustLoad(t); c.Cluster != name || c.Name != name || c.Service(name) == nil {
				t.Errorf("cluster %q, node %q", c.Cluster, c.Name)
			}
			text, err := os.ReadFile("srr.yaml")
			if n := strings.Count(string(text), strconv.Quote(name)); err != nil || quoted && n != 3 || !quoted && n != 0 {
				t.Errorf("quoted %d times: %v\n%s", n, err, text)
			}
		})
	}
}

func checkInitialised(t *testing.T, want AgentSpec) {
	t.Helper()
	loaded := mustLoad(t)
	if want.Kind == AgentNone {
		return
	}
	got := loaded.Services[0].Agent
	want.Service, want.Primitives = got.Service, got.Primitives
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestInitSigns: where the cluster has a CA, its records are signed from the
// beginning, and the node is who its certificates say.
func TestInitSigns(t *testing.T) {
	p := identitytest.New(t, "shop")
	node := p.Node("n5", 5)
	caOnly := t.TempDir()
	write(t, filepath.Join(caOnly, "ca.crt"), string(identity.EncodeCertificates(p.CA.Certificate)))
	for name, c := range map[string]struct {
		pki, cluster string
		mode         signed.Mode
		says         string
	}{
		"node of the cluster": {node, "", signed.Require, "node n5 (0.0.0.5) of cluster shop"},
		"host of the CA":      {caOnly, "", signed.Require, "srrctl ca issue node n1 --router-id 0.0.0.5 --here"},
		"of another cluster":  {node, "lab", signed.Off, "of cluster shop"},
		"nothing there":       {t.TempDir(), "", signed.Off, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			var out bytes.Buffer
			o := InitOptions{File: "srr.yaml", Yes: true, Cluster: c.cluster}
			if c.pki != node {
				o.RouterID = "0.0.0.5"
			}
			err := Init(t.Context(), o, InitEnv{In: strings.NewReader(""), Out: &out, Hostname: "n1", PKI: c.pki})
			if err != nil {
				t.Fatal(err)
			}
			cfg := mustLoad(t)
			if cfg.Medium.Signatures != c.mode || !strings.Contains(out.String(), c.says) {
				t.Errorf("mode %d, want %d: %s", cfg.Medium.Signatures, c.mode, out.String())
			}
			if c.pki == node && (cfg.Name != "n5" || cfg.RouterID != 5) {
				t.Errorf("%s %s", cfg.Name, cfg.RouterID)
			}
		})
	}
}

func TestInitRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		options InitOptions
		answers string
		want    string
	}{
		"no router ID":           {options: InitOptions{Yes: true}, want: "router ID of this node: nothing can be proposed"},
		"bad flag":               {options: InitOptions{Yes: true, RouterID: "10.0.0.1", Cluster: "../x"}, want: "name of the cluster"},
		"no answers":             {answers: "shop\n", want: "no answer: EOF"},
		"only nonsense":          {answers: strings.Repeat("A B\n", 9), want: "too many wrong answers"},
		"foreign API":            {options: InitOptions{Yes: true, RouterID: "10.0.0.1", OSPFAPI: "10.0.0.1:2607"}, want: "loopback"},
		"bad vty":                {options: InitOptions{Yes: true, RouterID: "10.0.0.1", VTY: "run"}, want: "absolute"},
		"bad address":            {options: InitOptions{Yes: true, RouterID: "10.0.0.1", Service: FirstService{Name: "w", Address: "::1"}}, want: "unicast"},
		"bad kind":               {options: InitOptions{Yes: true, RouterID: "10.0.0.1", Service: FirstService{Name: "w", Kind: "sh"}}, want: "none of make"},
		"nothing to run":         {options: InitOptions{Yes: true, RouterID: "10.0.0.1", Service: FirstService{Name: "w", Kind: "none"}}, want: "neither an address"},
		"missing command":        {options: InitOptions{Yes: true, RouterID: "10.0.0.1", Service: FirstService{Name: "w", Kind: "exec"}}, want: "nothing can be proposed"},
		"service without a name": {options: InitOptions{Yes: true, RouterID: "10.0.0.1", Service: FirstService{Address: "10.71.100.1", Kind: "make"}}, want: "name it with --service"},
		"command of no kind":     {options: InitOptions{Yes: true, RouterID: "10.0.0.1", Service: FirstService{Name: "w", Command: "/bin/true"}}, want: "--command /bin/true needs --kind"},
		"command of none":        {options: InitOptions{Yes: true, RouterID: "10.0.0.1", Service: FirstService{Name: "w", Address: "10.71.100.1", Kind: "none", Command: "/bin/true"}}, want: "none runs nothing, and not /bin/true"},
		"blank command":          {options: InitOptions{Yes: true, RouterID: "10.0.0.1", Service: FirstService{Name: "w", Kind: "run", Command: " "}}, want: "an answer is needed"},
		"open quote":             {options: InitOptions{Yes: true, RouterID: "10.0.0.1", Service: FirstService{Name: "w", Kind: "run", Command: `/bin/x "a`}}, want: "is not closed"},
		"line break":             {options: InitOptions{Yes: true, RouterID: "10.0.0.1", Service: FirstService{Name: "w", Kind: "run", Command: "/bin/x 'a\nb'"}}, want: "line break"},
		"no UTF-8":               {options: InitOptions{Yes: true, RouterID: "10.0.0.1", Service: FirstService{Name: "w", Kind: "exec", Command: "/bin/\xff"}}, want: "control character"},
		"relative Makefile":      {options: InitOptions{Yes: true, RouterID: "10.0.0.1", Service: FirstService{Name: "w", Kind: "make", Command: "Makefile"}}, want: "path of the Makefile: \"Makefile\" is no absolute path"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			c.options.File = "srr.yaml"
			err := Init(t.Context(), c.options, InitEnv{
				In: strings.NewReader(c.answers), Out: new(bytes.Buffer), Hostname: "n1",
			})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if left := tree(t); left != ".\n" {
				t.Errorf("left over: %s", left)
			}
		})
	}
}

func TestInitKeepsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "srr.yaml", "mine\n")
	write(t, "web/Makefile", "mine\n")
	o := InitOptions{
		File: filepath.Join(dir, "srr.yaml"), Yes: true, RouterID: "10.0.0.1",
		Service: FirstService{Name: "web", Address: "10.71.100.1"},
	}
	env := InitEnv{In: strings.NewReader(""), Out: new(bytes.Buffer), Hostname: "n1"}
	if err := Init(t.Context(), o, env); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("error %v", err)
	}
	o.Force = true
	if err := Init(t.Context(), o, env); err != nil {
		t.Fatal(err)
	}
	mustLoad(t)
	if got, _ := os.ReadFile("web/Makefile"); string(got) != "mine\n" {
		t.Errorf("the Makefile was replaced: %s", got)
	}
}

// TestSkeletonHasEveryPrimitive asks the real make.
func TestSkeletonHasEveryPrimitive(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "Makefile", skeleton("web"))
	for p := range service.NumPrimitives {
		out, err := exec.Command("make", "-r", "-n", "--", p.String()).CombinedOutput()
		if err != nil {
			t.Errorf("make %s: %v: %s", p, err, out)
		}
	}
	if out, err := exec.Command("make", "start").CombinedOutput(); err == nil || !strings.Contains(string(out), "fill in target start") {
		t.Errorf("an unfinished start succeeds: %s", out)
	}
}
