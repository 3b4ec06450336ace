package bench

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"srr/lab"
	"srr/lab/demo/install"
	"srr/lab/trial"
)

// peerAddr is the address that keepalived and Pacemaker move on LAN A.
var peerAddr = netip.MustParseAddr("10.71.1.100")

// adverts are keepalived's intervals, in seconds. 0.05 is the fastest that is
// usual.
var adverts = []float64{1, 0.1, 0.05}

func keepalivedConfig(node string, advert float64) string {
	state, priority, version := "BACKUP", 100, "vrrp_version 2"
	if node == "n2" {
		state, priority = "MASTER", 150
	}
	if advert < 1 {
		version = "vrrp_version 3"
	}
	return fmt.Sprintf(`global_defs {
  router_id %s
  %s
  vrrp_garp_master_repeat 5
  vrrp_garp_master_refresh 0
  enable_script_security
  script_user root
}
vrrp_instance V1 {
  state %s
  interface eth0
  virtual_router_id 51
  priority %d
  advert_int %s
  virtual_ipaddress { %s/24 }
}
`, node, version, state, priority, strconv.FormatFloat(advert, 'f', -1, 64), peerAddr)
}

// runKeepalived measures the loss of keepalived's master, n2, with the network
// of the other cases around it; its timers do not matter.
func (r *runner) runKeepalived(ctx context.Context, c testCase) error {
	if err := install.Packages(ctx, r.o.Log, "keepalived"); err != nil {
		return err
	}
	for _, advert := range adverts {
		timers := "advert " + strconv.FormatFloat(advert, 'f', -1, 64) + " s"
		if !r.o.Again && r.file.Has(c.name, timers, r.n(c.name, timers)) {
			continue
		}
		if err := r.keepalivedAt(ctx, c.name, timers, advert); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) keepalivedAt(ctx context.Context, name, timers string, advert float64) error {
	l, err := lab.Up(ctx, lab.Options{Topology: "two", Timers: "hello"})
	if err != nil {
		return err
	}
	err = l.WaitReady(ctx)
	for _, node := range []string{"n1", "n2"} {
		if err == nil {
			err = startKeepalived(l, node, advert)
		}
	}
	r.printf("%-22s %-8s", name, timers)
	var samples []trial.Sample
	for err == nil && len(samples) < r.n(name, timers) {
		var s trial.Sample
		s, err = keepalivedTrial(ctx, l, advert)
		samples = append(samples, s)
		r.printf(" %d", s.Gap.Milliseconds())
	}
	r.printf("\n")
	if err = errors.Join(err, l.Close()); err != nil {
		return fmt.Errorf("measure %s with %s: %w", name, timers, err)
	}
	return r.put(name, timers, "vrrp", map[string][]trial.Sample{"icmp": samples})
}

func startKeepalived(l *lab.Lab, node string, advert float64) error {
	path := l.Path(node, "keepalived.conf")
	if err := os.WriteFile(path, []byte(keepalivedConfig(node, advert)), 0o644); err != nil {
		return fmt.Errorf("configure keepalived: %w", err)
	}
	_, err := l.Start(node, "keepalived", "keepalived", "-n", "-l", "-D", "-P", "-f", path,
		"-p", "/run/keepalived.pid", "-r", "/run/keepalived-vrrp.pid")
	return err
}

// keepalivedTrial takes the power from n2 once and gives it back.
func keepalivedTrial(ctx context.Context, l *lab.Lab, advert float64) (trial.Sample, error) {
	if err := waitOwner(ctx, l, "n2", "n1"); err != nil {
		return trial.Sample{}, err
	}
	// What the routers learned at the last return would spoil the next loss.
	for _, router := range []string{"r1", "r2"} {
		if _, err := l.Exec(ctx, router, "ip", "neigh", "flush", "all"); err != nil {
			return trial.Sample{}, err
		}
	}
	t := trial.Trial{
		ICMP:   []netip.Addr{peerAddr},
		Fault:  func(context.Context) error { return l.PowerOff("n2") },
		Window: 500*time.Millisecond + time.Duration(4*advert*float64(time.Second)),
	}
	time.Sleep(time.Second)
	out, err := t.Run(ctx, l, time.Minute)
	if err != nil {
		return trial.Sample{}, err
	}
	if err := l.PowerOn("n2"); err != nil {
		return trial.Sample{}, err
	}
	if err := l.WaitReady(ctx); err != nil {
		return trial.Sample{}, err
	}
	return out["icmp"], startKeepalived(l, "n2", advert)
}

// waitOwner waits until one node has the peers' address and another has not.
func waitOwner(ctx context.Context, l *lab.Lab, owner, not string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	has := func(node string) bool {
		out, err := l.Exec(ctx, node, "ip", "-o", "addr", "show", "dev", "eth0")
		return err == nil && strings.Contains(out, peerAddr.String()+"/")
	}
	for !has(owner) || has(not) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s on %s: %w", peerAddr, owner, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil
}
