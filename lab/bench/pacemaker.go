package bench

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"srr/lab"
	"srr/lab/demo/install"
	"srr/lab/echo"
	"srr/lab/trial"
)

//go:embed pacemaker.sh
var pacemakerScript string

// token is corosync's default time-out, in ms, as everybody has it.
const token = 3000

// runPacemaker measures the loss of the active node of a Pacemaker cluster of
// n2 and n1, with a group of an address and a web server.
func (r *runner) runPacemaker(ctx context.Context, c testCase) error {
	const timers = "token 3 s"
	n := r.o.N
	if n == 0 {
		n = 6
	}
	if !r.o.Again && r.file.Has(c.name, timers, n) {
		return nil
	}
	err := install.Packages(ctx, r.o.Log, "corosync", "pacemaker", "pacemaker-cli-utils", "resource-agents")
	if err != nil {
		return err
	}
	l, err := lab.Up(ctx, lab.Options{Topology: "two", Timers: "hello"})
	if err != nil {
		return err
	}
	p := &pacemakerCluster{lab: l}
	if err = l.WaitReady(ctx); err == nil {
		err = p.start(ctx)
	}
	r.printf("%-22s %-8s", c.name, timers)
	samples := map[string][]trial.Sample{}
	for i := 0; err == nil && i < n; i++ {
		var one map[string]trial.Sample
		if one, err = p.trial(ctx); err == nil {
			for kind, s := range one {
				samples[kind] = append(samples[kind], s)
			}
			r.printf(" %s", shortest(one))
		}
	}
	r.printf("\n")
	if err = errors.Join(err, l.Close()); err != nil {
		return fmt.Errorf("measure %s: %w", c.name, err)
	}
	return r.put(c.name, timers, "corosync", samples)
}

type pacemakerCluster struct {
	lab *lab.Lab
}

func (p *pacemakerCluster) start(ctx context.Context) error {
	for _, node := range []string{"n1", "n2"} {
		if err := p.startNode(node); err != nil {
			return err
		}
	}
	if err := p.waitFor(ctx, "n2", "Online: [ n1 n2 ]"); err != nil {
		return err
	}
	for _, set := range []string{"stonith-enabled -v false", "no-quorum-policy -v ignore", "start-failure-is-fatal -v false"} {
		if _, err := p.exec(ctx, "n2", "crm_attribute -t crm_config -n "+set); err != nil {
			return err
		}
	}
	for _, x := range []struct{ section, xml string }{
		{"resources", fmt.Sprintf(pacemakerGroup, peerAddr, p.lab.EchoProgram(), peerAddr)},
		{"constraints", `<rsc_location id="loc" rsc="g" node="n2" score="100"/>`},
	} {
		file := p.lab.Path("n2", x.section+".xml")
		if err := os.WriteFile(file, []byte(x.xml), 0o644); err != nil {
			return fmt.Errorf("configure pacemaker: %w", err)
		}
		if _, err := p.exec(ctx, "n2", "cibadmin -o "+x.section+" -C -x "+file); err != nil {
			return err
		}
	}
	return nil
}

// pacemakerGroup is an address and a web server that starts at once.
const pacemakerGroup = `<group id="g">
<primitive id="vip" class="ocf" provider="heartbeat" type="IPaddr2"><instance_attributes id="vip-ia">
<nvpair id="vip-ip" name="ip" value="%s"/><nvpair id="vip-m" name="cidr_netmask" value="24"/>
<nvpair id="vip-nic" name="nic" value="eth0"/><nvpair id="vip-bg" name="arp_bg" value="true"/></instance_attributes>
<operations><op id="vip-mon" name="monitor" interval="1s" timeout="20s"/></operations></primitive>
<primitive id="web" class="ocf" provider="heartbeat" type="anything"><instance_attributes id="web-ia">
<nvpair id="web-bin" name="binfile" value="%s"/><nvpair id="web-opt" name="cmdline_options" value="%s"/>
<nvpair id="web-pid" name="pidfile" value="/run/web.pid"/></instance_attributes>
<operations><op id="web-mon" name="monitor" interval="1s" timeout="20s"/></operations></primitive></group>`

func (p *pacemakerCluster) startNode(node string) error {
	dir := p.lab.Path(node, "pacemaker")
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("start pacemaker: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "log"), 0o755); err != nil {
		return fmt.Errorf("start pacemaker: %w", err)
	}
	script := filepath.Join(dir, "node.sh")
	if err := os.WriteFile(script, []byte(pacemakerScript), 0o755); err != nil {
		return fmt.Errorf("start pacemaker: %w", err)
	}
	_, err := p.lab.Start(node, "pacemaker", "unshare", "-m", "-p", "-i", "-f", "--mount-proc", "--kill-child",
		"sh", script, dir, node, "10.71.1.1", "10.71.1.2", fmt.Sprint(token))
	return err
}

// exec runs a command in the view of a node's Pacemaker, which has processes,
// shared memory and files of its own.
func (p *pacemakerCluster) exec(ctx context.Context, node, command string) (string, error) {
	outer, _ := p.lab.Running(node, "pacemaker")
	pid, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", outer.PID, outer.PID))
	if err != nil {
		return "", fmt.Errorf("run %s: %w", command, err)
	}
	argv := append([]string{"nsenter", "-t", strings.TrimSpace(string(pid)), "-m", "-p", "-i", "--"}, strings.Fields(command)...)
	return p.lab.Exec(ctx, node, argv...)
}

func (p *pacemakerCluster) waitFor(ctx context.Context, node, text string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		out, err := p.exec(ctx, node, "crm_mon -1")
		if err == nil && strings.Contains(out, text) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for pacemaker to say %q: %w\n%s", text, ctx.Err(), out)
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// trial takes the power from n2 once and gives it back.
func (p *pacemakerCluster) trial(ctx context.Context) (map[string]trial.Sample, error) {
	for _, text := range []string{"Online: [ n1 n2 ]", "IPaddr2):	 Started n2", "anything):	 Started n2"} {
		if err := p.waitFor(ctx, "n1", text); err != nil {
			return nil, err
		}
	}
	if err := waitOwner(ctx, p.lab, "n2", "n1"); err != nil {
		return nil, err
	}
	for _, router := range []string{"r1", "r2"} {
		if _, err := p.lab.Exec(ctx, router, "ip", "neigh", "flush", "all"); err != nil {
			return nil, err
		}
	}
	time.Sleep(2 * time.Second)
	t := trial.Trial{
		ICMP: []netip.Addr{peerAddr}, HTTP: netip.AddrPortFrom(peerAddr, echo.HTTPPort),
		Fault:  func(context.Context) error { return p.lab.PowerOff("n2") },
		Window: 4 * time.Second,
	}
	out, err := t.Run(ctx, p.lab, 2*time.Minute)
	if err != nil {
		return nil, err
	}
	if err := p.lab.PowerOn("n2"); err != nil {
		return nil, err
	}
	if err := p.lab.WaitReady(ctx); err != nil {
		return nil, err
	}
	return out, p.startNode("n2")
}
