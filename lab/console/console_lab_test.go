//go:build lab

// Package console tests the console of a real cluster: real srrd, FRR, services,
// certificates, and with the tag browser a real browser.
package console

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"srr/internal/api"
	"srr/internal/identity"
	"srr/internal/identity/identitytest"
	"srr/internal/routerid"
	"srr/internal/web/watchertest"
	"srr/lab"
	"srr/lab/cluster"
)

func TestMain(m *testing.M) {
	lab.RunHelper()
	watchertest.Main()
	os.Exit(m.Run())
}

const port = 8443

// fixture is a cluster with consoles, and a CA.
type fixture struct {
	*testing.T
	ctx context.Context
	l   *lab.Lab
	k   *cluster.Cluster
	pki *identitytest.PKI
}

func newFixture(t *testing.T) *fixture {
	if os.Geteuid() != 0 {
		t.Fatal("this test makes network namespaces: run it as root, or by `make lab`")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(cancel)
	l, err := lab.Up(ctx, lab.Options{Topology: "two", Timers: "bfd20"})
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{T: t, ctx: ctx, l: l, pki: identitytest.New(t, "lab")}
	t.Cleanup(func() { _ = l.Close() })
	dirs := map[string]string{}
	for i, host := range []string{"n1", "n2", "n3"} {
		dirs[host] = f.pki.Node(host, routerid.ID(0x0a000001+i))
	}
	all := cluster.Equal("n1", "n2", "n3")
	f.k, err = cluster.Start(l, cluster.Config{
		Binary: binary(t), Restart: 100 * time.Millisecond, ConsolePort: port, PKI: func(host string) string { return dirs[host] },
		Groups: []cluster.Group{{Name: "shop", On: cluster.Preferences{"n1": 300, "n2": 200, "n3": 100}}},
		Services: []cluster.Service{
			{Name: "web", On: all, Settings: []string{
				"group: shop", fmt.Sprintf("addresses: [%s]", lab.ServiceAddr(0)), fmt.Sprintf("run: [%s, %q]", l.EchoProgram(), lab.ServiceAddr(0)),
				fmt.Sprintf("check: {tcp: %d, interval: 1s}", 80),
			}},
			{Name: "vip", On: all, Settings: []string{fmt.Sprintf("addresses: [%s]", lab.ServiceAddr(1))}},
		},
	})
	f.must(err)
	t.Cleanup(func() {
		if t.Failed() {
			_ = l.SaveLogs(filepath.Join(filepath.Dir(binary(t)), "failed-console-test"))
		}
		_ = f.k.Stop()
	})
	f.must(f.k.Settled(ctx))
	f.must(f.k.WaitOn(ctx, "web", "n1")) // with the highest preference
	return f
}

func binary(t *testing.T) string {
	path, err := filepath.Abs("../../build/srrd")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// dial opens a connection from the client's machine in the lab.
func (f *fixture) dial(ctx context.Context, _, address string) (c net.Conn, err error) {
	err = lab.InNamespace(f.l.NodeNamespace("cl"), func() error {
		var d net.Dialer
		c, err = d.DialContext(ctx, "tcp", address)
		return err
	})
	return c, err
}

// as is a person at the client's machine; without a role they have no certificate.
func (f *fixture) as(name string, role identity.Role) *http.Client {
	config := f.pki.Client(tls.Certificate{})
	if role != identity.Nobody {
		config = f.pki.Client(f.pki.User(name, role))
	}
	// The lab's nodes have certificates for other names than their addresses; that
	// of the CA is what is asked for here.
	config.ServerName = "localhost"
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config, DialContext: f.dial, ForceAttemptHTTP2: true}}
}

func (f *fixture) console(host string) string {
	n, err := f.l.Topology().Node(host)
	f.must(err)
	return fmt.Sprintf("https://%s:%d", n.RouterID, port)
}

func (f *fixture) get(c *http.Client, url string) (int, string) {
	f.Helper()
	r, err := http.NewRequestWithContext(f.ctx, http.MethodGet, url, nil)
	f.must(err)
	return f.do(c, r)
}

func (f *fixture) do(c *http.Client, r *http.Request) (int, string) {
	f.Helper()
	resp, err := c.Do(r)
	f.must(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	f.must(err)
	return resp.StatusCode, string(b)
}

func (f *fixture) command(c *http.Client, url string, cmd api.Request) (int, string) {
	f.Helper()
	body, err := json.Marshal(cmd)
	f.must(err)
	r, err := http.NewRequestWithContext(f.ctx, http.MethodPost, url, bytes.NewReader(body))
	f.must(err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Srr-Request", "1")
	return f.do(c, r)
}

// TestConsole shows and steers a real cluster from one page.
func TestConsole(t *testing.T) {
	f := newFixture(t)
	f.sub("who may do what", (*fixture).testRoles)
	f.sub("pages", (*fixture).testPages)
	f.sub("a verb is carried to another node", (*fixture).testCarry)
	f.sub("srrctl from elsewhere", (*fixture).testRemote)
	f.sub("a login by token", (*fixture).testLogin)
	f.sub("a service is defined and changed", (*fixture).testConfigure)
	f.sub("hostile clients", (*fixture).testHostile)
	f.sub("a page follows a failover", (*fixture).testFailover)
}

func (f *fixture) sub(name string, test func(*fixture)) {
	f.Run(name, func(t *testing.T) {
		g := *f
		g.T = t
		test(&g)
	})
}

func (f *fixture) testRoles() {
	url := f.console("n1")
	for role, want := range map[identity.Role]int{identity.Viewer: http.StatusForbidden, identity.Operator: http.StatusOK} {
		code, text := f.command(f.as("anna", role), url+"/v1/commands", api.Request{Verb: api.CheckNow, Service: "web"})
		if code != want {
			f.Errorf("check as %s: %d %s", role, code, text)
		}
	}
	stranger := &http.Client{Transport: &http.Transport{DialContext: f.dial, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	if code, text := f.get(stranger, url+"/"); code != http.StatusUnauthorized || strings.Contains(text, "shop") {
		f.Errorf("without a certificate: %d %s", code, text)
	}
	other := identitytest.New(f.T, "lab")
	config := f.pki.Client(other.User("anna", identity.Administrator))
	config.ServerName = "localhost"
	if resp, err := (&http.Client{Transport: &http.Transport{TLSClientConfig: config, DialContext: f.dial}}).Get(url + "/"); err == nil {
		resp.Body.Close()
		f.Errorf("a certificate of another CA of the same name: %s", resp.Status)
	}
}

// testPages looks at every page for what only a real cluster can put there.
func (f *fixture) testPages() {
	c := f.as("anna", identity.Administrator)
	for path, wants := range map[string][]string{
		"/":                           {"Nothing is wrong", "3 of 3 nodes up", "2 of 2 services run"},
		"/services":                   {"group</small> shop", ">n1 <small>runs", ">n3 <small>ready"},
		"/services/web/n1":            {"active/started", "Group shop is on n1, before n2 by: preference", "What its checks said", `<td data-l="times">`},
		"/services/web/n2?status=now": {">n2</a> <span class=\"word ready\">active/stopped", "What its primitives printed"},
		"/nodes/n1":                   {"ospf (frr) is up", "10.0.0.3:8443", "Join gate"},
		"/nodes/n1/about":             {"<dt>FRR</dt>", "node.crt", "srr://lab/node/n1", ">holds<", "SPF throttle", "hello ", "silence is noticed after", "dead after 7s"},
		"/nodes/n3/about":             {"srr://lab/node/n3", "hello "},
		"/map":                        {">n1<", "10.0.0.251", "10.71.1.0/24", `class="service"`},
		"/map?from=10.0.0.251&to=" + lab.ServiceAddr(0).String(): {"delivered", "→ n1"},
		"/lsdb":          {"<h2>router</h2>", "<h2>network</h2>", "service web is active/started"},
		"/events":        {"active/started"},
		"/past":          {"journals of 3 of 3 nodes", `>n1 <small>runs`, `>n3 <small>ready`, `rel="prev"`},
		"/availability":  {">web</a>", ">vip</a>", " %</span>", "that were seen"},
		"/configuration": {"shop", "Change"},
		"/metrics":       {`srr_service_running{service="web",group="shop"} 1`},
	} {
		code, text := f.get(c, f.console("n1")+path)
		for _, want := range wants {
			if code != http.StatusOK || !strings.Contains(text, want) {
				f.Errorf("%s: %d, without %q", path, code, want)
			}
		}
	}
	code, page := f.get(c, f.console("n1")+"/routing")
	if code != http.StatusOK {
		f.Fatal(code)
	}
	if code, text := f.form(c, "n1", "/routing", page, url.Values{"daemon": {"ospfd"}, "command": {"show ip ospf neighbor"}}); code != http.StatusOK || !strings.Contains(text, "Full/") {
		f.Errorf("the routing daemon: %d %s", code, text)
	}
	_, page = f.get(c, f.console("n1")+"/routing")
	if code, text := f.form(c, "n1", "/routing/set", page, url.Values{"daemon": {"ospfd"}, "place": {"router ospf"}, "line": {"nonsense 1"}}); code != http.StatusOK || !strings.Contains(text, "Unknown command") {
		f.Errorf("nonsense for ospfd: %d %s", code, text)
	}
	if code, text := f.form(c, "n1", "/routing/set", page, url.Values{"daemon": {"ospfd"}, "place": {"router ospf"}, "line": {"max-metric router-lsa on-shutdown 7"}}); code != http.StatusOK || !strings.Contains(text, "ospfd has taken it") {
		f.Errorf("a line for ospfd: %d %s", code, text)
	}
	if _, text := f.form(c, "n1", "/routing", page, url.Values{"daemon": {"ospfd"}, "command": {"show running-config"}}); !strings.Contains(text, "max-metric router-lsa on-shutdown 7") {
		f.Errorf("ospfd has not taken it: %s", text)
	}
	_, page = f.get(c, f.console("n1")+"/act?verb=move&unit=group/shop")
	foreseen := url.Values{"verb": {"move"}, "unit": {"group/shop"}, "node": {"10.0.0.2"}, "preview": {"true"}}
	if code, text := f.form(c, "n1", "/act", page, foreseen); code != http.StatusOK || !strings.Contains(text, `<span class="chip ok">n2</span>`) {
		f.Errorf("what would happen: %d %s", code, text)
	}
}

var tokenField = regexp.MustCompile(`name="token" value="([0-9a-f]+)"`)

// form sends a form with the token of its page.
func (f *fixture) form(c *http.Client, host, path, page string, v url.Values) (int, string) {
	f.Helper()
	m := tokenField.FindStringSubmatch(page)
	if m == nil {
		f.Fatalf("the page has no form: %s", page)
	}
	v.Set("token", m[1])
	r, err := http.NewRequestWithContext(f.ctx, http.MethodPost, f.console(host)+path, strings.NewReader(v.Encode()))
	f.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return f.do(c, r)
}

// testCarry drains n2 on a page of n1.
func (f *fixture) testCarry() {
	c := f.as("anna", identity.Operator)
	_, page := f.get(c, f.console("n1")+"/act?verb=drain&at=n2")
	if code, text := f.form(c, "n1", "/act", page, url.Values{"verb": {"drain"}, "at": {"n2"}, "reason": {"new kernel"}}); code != http.StatusOK || !strings.Contains(text, "Accepted") {
		f.Fatalf("%d %s", code, text)
	}
	f.eventually("n2 is drained", func() bool {
		_, text := f.get(c, f.console("n1")+"/nodes/n2")
		return strings.Contains(text, `class="flag">drained`)
	})
	if _, text := f.get(c, f.console("n2")+"/events?cause=command"); !strings.Contains(text, "anna (operator, node n1, certificate ") {
		f.Errorf("n2 has not written down who it was: %s", text)
	}
	if code, text := f.command(c, f.console("n1")+"/v1/on/n2/commands", api.Request{Verb: api.Undrain}); code != http.StatusOK {
		f.Errorf("undrain by the API: %d %s", code, text)
	}
	if code, _ := f.command(f.as("bert", identity.Viewer), f.console("n1")+"/v1/on/n2/commands", api.Request{Verb: api.Drain}); code == http.StatusOK {
		f.Error("a viewer drained another node")
	}
}

// testConfigure defines a service on n3 through the console and changes it.
func (f *fixture) testConfigure() {
	c := f.as("anna", identity.Administrator)
	save := func(text string, more ...string) (int, string) {
		_, page := f.get(c, f.console("n3")+"/configure")
		v := url.Values{"service": {"extra"}, "text": {text}}
		for _, m := range more {
			v.Set(m, "true")
		}
		_, checked := f.form(c, "n3", "/configure", page, v)
		if m := regexp.MustCompile(`name="shown" value="([0-9a-f]+)"`).FindStringSubmatch(checked); m != nil {
			v.Set("shown", m[1])
		}
		v.Set("save", "true")
		return f.form(c, "n3", "/configure", page, v)
	}
	address := lab.ServiceAddr(2).String()
	if _, text := save("services:\n  extra: {addresses: [10.0.0.3]}\n"); !strings.Contains(text, "cannot be saved") || !strings.Contains(text, "extra.yaml:2:") {
		f.Errorf("a mistake: %s", text)
	}
	if code, text := save("services:\n  extra: {addresses: [" + address + "]}\n"); code != http.StatusOK || !strings.Contains(text, "in force") {
		f.Fatalf("%d %s", code, text)
	}
	f.eventually("extra runs on n3", func() bool {
		i := f.k.Instance(f.ctx, "n3", "extra")
		return i != nil && i.State == "active/started"
	})
	if _, text := save("services:\n  extra: {addresses: [" + lab.ServiceAddr(3).String() + "]}\n"); !strings.Contains(text, "Not while the service is active") {
		f.Errorf("an active service was changed: %s", text)
	}
	if code, text := f.command(c, f.console("n3")+"/v1/commands", api.Request{Verb: api.Deactivate, Service: "extra", Confirmed: true}); code != http.StatusOK {
		f.Fatalf("deactivate: %d %s", code, text)
	}
	f.eventually("extra is inactive", func() bool {
		i := f.k.Instance(f.ctx, "n3", "extra")
		return i != nil && i.State == "inactive/stopped"
	})
	if code, text := save("", "delete"); code != http.StatusOK || !strings.Contains(text, "in force") {
		f.Errorf("the deletion: %d %s", code, text)
	}
	_, page := f.get(c, f.console("n3")+"/configure?service=extra")
	m := regexp.MustCompile(`service=extra&amp;version=([0-9]+)`).FindStringSubmatch(page)
	if m == nil {
		f.Fatalf("the text that was deleted is gone: %s", page)
	}
	if _, text := f.get(c, f.console("n3")+"/configure?service=extra&version="+m[1]); !strings.Contains(text, "extra: {addresses: ["+address+"]}") {
		f.Errorf("the text that was deleted is another: %s", text)
	}
}

// testFailover: power goes from the node that runs the group, and the page of
// another one shows the new place.
func (f *fixture) testFailover() {
	c := f.as("anna", identity.Viewer)
	r, err := http.NewRequestWithContext(f.ctx, http.MethodGet, f.console("n2")+"/live?view=/", nil)
	f.must(err)
	r.Header.Set("Accept", "text/event-stream")
	resp, err := c.Do(r)
	f.must(err)
	defer resp.Body.Close()
	shown := make(chan time.Time, 1)
	go func() {
		lines := bufio.NewReader(resp.Body)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			if strings.HasPrefix(line, "data:") && runsOn(line, "web", "n2") {
				shown <- time.Now()
				return
			}
		}
	}()
	f.must(f.l.PowerOff("n1"))
	f.must(f.k.WaitOn(f.ctx, "web", "n2"))
	ran := f.k.Instance(f.ctx, "n2", "web").Since
	select {
	case at := <-shown:
		f.Logf("shown %s after the service ran", at.Sub(ran))
		if at.Sub(ran) > 5*time.Second { // the machine does other things, too
			f.Errorf("the page needed %s", at.Sub(ran))
		}
	case <-time.After(30 * time.Second):
		f.Error("the page does not show it")
	}
}

// runsOn reports whether a message has the row of a service that runs on a node.
func runsOn(message, service, node string) bool {
	var m struct {
		Main  string
		Parts map[string]string
	}
	if json.Unmarshal([]byte(strings.TrimPrefix(message, "data: ")), &m) != nil {
		return false
	}
	row := m.Parts["service-"+service]
	if row == "" {
		_, row, _ = strings.Cut(m.Main, `<tr id="service-`+service+`"`)
	}
	_, cell, _ := strings.Cut(row, `data-l="runs on"`)
	cell, _, _ = strings.Cut(cell, "</td>")
	return strings.Contains(cell, ">"+node+"<")
}

// knows waits until a host says that a service runs on a node, and returns when
// that was.
func (f *fixture) knows(host, service, node string) time.Time {
	f.Helper()
	f.eventually(host+" knows that "+service+" runs on "+node, func() bool {
		s, err := f.k.Snapshot(f.ctx, host)
		f.must(err)
		svc, err := s.FindService(service)
		f.must(err)
		return slices.ContainsFunc(svc.Running(), func(i *api.Instance) bool { return i.Title() == node })
	})
	return time.Now()
}

func (f *fixture) eventually(what string, cond func() bool) {
	f.Helper()
	deadline := time.Now().Add(time.Minute)
	for !cond() {
		if time.Now().After(deadline) {
			f.Fatalf("%s: not within a minute", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
