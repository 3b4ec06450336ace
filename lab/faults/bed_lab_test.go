//go:build lab

package faults

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"srr/internal/api"
	"srr/lab"
	"srr/lab/cluster"
)

var hosts = []string{"n1", "n2", "n3"}

// place is where each unit is when a script begins, and the service that stands for it.
var place = []struct{ unit, service, host string }{
	{"shop", "web", "n1"},
	{"vip", "vip", "n2"},
	{"app", "app", "n3"},
}

// addresses of the services that have one.
var addresses = map[string]netip.Addr{
	"web": lab.ServiceAddr(0), "vip": lab.ServiceAddr(1), "app": lab.ServiceAddr(2),
}

// bed is a running cluster that scripts are played on.
type bed struct {
	l        *lab.Lab
	topology string
	k        *cluster.Cluster
	config   cluster.Config
	bin      string   // directory of the programs under test
	shared   string   // directory that is the same on all hosts
	history  *history // what the services themselves say
}

// newBed starts three hosts with the group shop (the resource disk, the web
// server on it, and log, which is not critical), the address vip, and app, whose
// primitives do what scripts tell them.
func newBed(ctx context.Context, topology string) (*bed, error) {
	bin, err := filepath.Abs("../../build")
	if err != nil {
		return nil, err
	}
	l, err := lab.Up(ctx, lab.Options{Topology: topology, Timers: "bfd50"})
	if err != nil {
		return nil, err
	}
	b := &bed{l: l, topology: topology, bin: bin, shared: filepath.Join(filepath.Dir(l.EchoProgram()), "test")}
	b.history = &history{file: filepath.Join(b.shared, "history")}
	if err := b.start(ctx); err != nil {
		b.save("../../build/failed-faults/start")
		b.down()
		return nil, err
	}
	return b, nil
}

func (b *bed) start(ctx context.Context) (err error) {
	if err := b.writeMakefiles(); err != nil {
		return err
	}
	b.config = b.configuration()
	if b.k, err = cluster.Start(b.l, b.config); err != nil {
		return err
	}
	return b.k.Settled(ctx)
}

// writeMakefiles gives each service that uses make its own file: trust and
// reload go by file.
func (b *bed) writeMakefiles() error {
	rules, err := os.ReadFile("testdata/service.mk")
	errs := []error{err, os.MkdirAll(b.shared, 0o755)}
	for _, service := range []string{"disk", "log", "app"} {
		head := fmt.Sprintf("HISTORY = %s\nSERVER =\n", b.history.file)
		if service == "app" {
			head = fmt.Sprintf("HISTORY = %s\nSERVER = %s %s\n", b.history.file, b.l.EchoProgram(), addresses[service])
		}
		errs = append(errs, os.WriteFile(filepath.Join(b.shared, service+".mk"), append([]byte(head), rules...), 0o644))
	}
	return errors.Join(errs...)
}

func (b *bed) configuration() cluster.Config {
	all := cluster.Equal(hosts...)
	makefile := func(service string) string { return "make: " + filepath.Join(b.shared, service+".mk") }
	address := func(service string) string { return fmt.Sprintf("addresses: [%s]", addresses[service]) }
	return cluster.Config{
		Binary: filepath.Join(b.bin, "srrd"), Restart: 100 * time.Millisecond,
		Groups: []cluster.Group{{Name: "shop", On: all}},
		Services: []cluster.Service{
			{Name: "disk", On: all, Settings: []string{"group: shop", makefile("disk"), "check: {primitive: true, interval: 2s}"}},
			{Name: "web", On: all, Settings: []string{
				"group: shop", address("web"), "depends-on: [disk]",
				fmt.Sprintf("run: [%s, %q]", b.l.EchoProgram(), addresses["web"]),
				`check: {http: "http://{address}/", interval: 1s, timeout: 1s}`, "restarts: {max: 5, within: 10s}",
			}},
			{Name: "log", On: all, Settings: []string{"group: shop", "critical: false", "depends-on: [disk]", makefile("log"), "check: {primitive: true, interval: 2s}"}},
			{Name: "vip", On: all, Settings: []string{address("vip")}},
			{Name: "app", On: all, Settings: []string{
				address("app"), makefile("app"), "pid-file: /run/app/pid", "timeouts: {start: 5s, stop: 3s}",
				"check: {primitive: true, interval: 1s, timeout: 1s}", "restarts: {max: 2, within: 10s}",
			}},
		},
	}
}

// services are the names of all, sorted.
func (b *bed) services() []string {
	var names []string
	for _, s := range b.config.Services {
		names = append(names, s.Name)
	}
	slices.Sort(names)
	return names
}

// reset brings everything to where scripts expect it.
func (b *bed) reset(ctx context.Context) error {
	for _, host := range hosts {
		_ = os.RemoveAll(b.l.Path(host, "run", "behave"))
	}
	if err := b.clear(ctx); err != nil {
		return err
	}
	if err := b.k.Settled(ctx); err != nil {
		return err
	}
	for _, p := range place {
		if b.k.Holder(ctx, p.service) == p.host {
			continue
		}
		if err := b.k.MoveAndWait(ctx, p.unit, p.service, p.host); err != nil {
			return err
		}
	}
	return b.k.Settled(ctx)
}

// clear forgets failures and hold-offs of earlier scripts.
func (b *bed) clear(ctx context.Context) error {
	for _, host := range hosts {
		s, err := b.k.Snapshot(ctx, host)
		if err != nil {
			return err
		}
		for i := range s.Services {
			for _, inst := range s.Services[i].Instances {
				if inst.RouterID == s.RouterID && (inst.Failure != nil || slices.Contains(inst.Flags, api.FlagHeldOff)) {
					_ = b.request(ctx, host, api.Request{Verb: api.Clear, Service: s.Services[i].Name})
				}
			}
		}
	}
	return nil
}

func (b *bed) request(ctx context.Context, host string, r api.Request) error {
	c := b.k.Client(host)
	defer c.Close()
	_, err := c.Do(ctx, r)
	return err
}

// save keeps what is needed to understand a failure.
func (b *bed) save(dir string) {
	if err := b.l.SaveLogs(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	text, _ := os.ReadFile(b.history.file)
	_ = os.WriteFile(filepath.Join(dir, "history"), text, 0o644)
	for _, host := range hosts {
		out, err := b.srrctl(context.Background(), host, "status")
		if err != nil {
			out += err.Error()
		}
		_ = os.WriteFile(filepath.Join(dir, host, "status"), []byte(strings.ToValidUTF8(out, "?")), 0o644)
	}
}

func (b *bed) down() {
	if b == nil {
		return
	}
	if b.k != nil {
		_ = b.k.Stop()
	}
	if err := b.l.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func (b *bed) instanceAddresses(service string) []netip.Addr {
	if a, ok := addresses[service]; ok {
		return []netip.Addr{a}
	}
	return nil
}
