//go:build lab

package faults

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"srr/internal/api"
	"srr/lab"
	"srr/lab/echo"
)

// audit is what must hold after every script, whatever it was about.
func (r *run) audit(ctx context.Context) []error {
	if err := r.settled(ctx, nil, ""); err != nil {
		return []error{err}
	}
	errs := r.auditDaemons()
	for _, service := range r.b.services() {
		errs = append(errs, r.auditService(ctx, service)...)
	}
	for _, host := range hosts {
		errs = append(errs, r.auditJournal(ctx, host)...)
		errs = append(errs, r.auditAlarms(ctx, host))
	}
	if !r.overlap {
		errs = append(errs, r.b.history.overlaps("disk", place[0].host, r.began)...)
	}
	return drop(errs)
}

func drop(errs []error) (out []error) {
	for _, err := range errs {
		if err != nil {
			out = append(out, err)
		}
	}
	return out
}

// growth is how many file descriptors srrd may have more than at the beginning:
// clients that are just there, a check under way.
const growth = 25

// auditDaemons: srrd runs everywhere, is the same process unless the script
// ended it, and has not lost count of its files.
func (r *run) auditDaemons() []error {
	var errs []error
	for _, host := range hosts {
		p, ok := r.b.l.DaemonProcess(host)
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("srrd does not run on %s", host))
			continue
		case p != r.daemons[host] && !r.ended[host]:
			errs = append(errs, fmt.Errorf("srrd on %s ended by itself", host))
		}
		err := wait(context.Background(), 10*time.Second, "files of srrd on "+host, func() string {
			if n := descriptors(p); n > r.open[host]+growth {
				return fmt.Sprintf("%d are open, were %d", n, r.open[host])
			}
			return ""
		})
		errs = append(errs, err)
	}
	return errs
}

func descriptors(p lab.Process) int {
	entries, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.PID))
	return len(entries)
}

// settled: everything runs once, and all hosts say the same of everybody.
func (r *run) settled(ctx context.Context, _ []string, _ string) error {
	if err := r.b.k.Settled(ctx); err != nil {
		return err
	}
	view := func(host string) (string, error) {
		s, err := r.b.k.Snapshot(ctx, host)
		if err != nil {
			return "", err
		}
		var b strings.Builder
		for i := range s.Services {
			for _, inst := range s.Services[i].Instances {
				fmt.Fprintf(&b, "%s %s %s %s\n", s.Services[i].Name, inst.RouterID, inst.State, inst.Hold)
			}
		}
		for _, n := range s.Nodes {
			fmt.Fprintf(&b, "%s %s %v\n", n.RouterID, n.State, n.Flags)
		}
		return b.String(), nil
	}
	return wait(ctx, 20*time.Second, "equal views", func() string {
		first, err := view(hosts[0])
		if err != nil {
			return err.Error()
		}
		for _, host := range hosts[1:] {
			if v, err := view(host); err != nil || v != first {
				return fmt.Sprintf("%s sees\n%sand %s\n%s%v", hosts[0], first, host, v, err)
			}
		}
		return ""
	})
}

// auditService: one holder, its address there and nowhere else and reached by
// the client, processes there and nowhere else, and an explanation.
func (r *run) auditService(ctx context.Context, service string) []error {
	holder := r.b.k.Holder(ctx, service)
	var errs []error
	for _, host := range hosts {
		explained, err := r.b.srrctl(ctx, host, "explain", service)
		if err != nil || !strings.Contains(explained, holder) {
			errs = append(errs, fmt.Errorf("explain %s on %s does not name %s: %v\n%s", service, host, holder, err, explained))
		}
		errs = append(errs, wait(ctx, 10*time.Second, service+" on "+host, func() string {
			return r.misplaced(ctx, service, host, host == holder)
		}))
	}
	addr, ok := addresses[service]
	if !ok {
		return errs
	}
	return append(errs, wait(ctx, 10*time.Second, "the client to reach "+service, func() string {
		return r.unreached(service, addr.String(), holder)
	}))
}

// misplaced says what of a service is where it should not be, or is missing.
func (r *run) misplaced(ctx context.Context, service, host string, here bool) string {
	if got := len(r.b.processes(host)[service]) > 0; got != (here && hasProcess(service)) {
		return fmt.Sprintf("processes: %v, holds it: %v", r.b.processes(host)[service], here)
	}
	addr, ok := addresses[service]
	if !ok {
		return ""
	}
	out, err := r.b.l.Exec(ctx, host, "sh", "-c", "ip -o -4 addr show; ip -4 route show table local proto 222")
	if err != nil {
		return err.Error()
	}
	if got := strings.Contains(out, addr.String()); got != here {
		return fmt.Sprintf("address or local route: %v, holds it: %v\n%s", got, here, out)
	}
	return ""
}

func hasProcess(service string) bool { return service == "web" || service == "app" }

// unreached says why the client does not reach a service on its holder.
func (r *run) unreached(service, addr, holder string) string {
	if !hasProcess(service) {
		if !r.icmp.Answered(1) {
			return "no answer"
		}
		return ""
	}
	var name string
	err := lab.InNamespace(r.b.l.NodeNamespace("cl"), func() error {
		conn, err := net.DialTimeout("tcp4", fmt.Sprintf("%s:%d", addr, echo.HTTPPort), time.Second)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		_ = conn.SetDeadline(time.Now().Add(time.Second))
		if _, err := fmt.Fprint(conn, "GET / HTTP/1.0\r\n\r\n"); err != nil {
			return err
		}
		buf := make([]byte, 1024)
		for {
			n, err := conn.Read(buf)
			name += string(buf[:n])
			if err != nil {
				return nil
			}
		}
	})
	if err != nil {
		return err.Error()
	}
	if !strings.HasSuffix(strings.TrimSpace(name), holder) {
		return "answered by " + name
	}
	return ""
}

// auditJournal: every change of state has its reason.
func (r *run) auditJournal(ctx context.Context, host string) []error {
	events, err := r.events(ctx, host, "")
	errs := []error{err}
	for _, e := range events {
		if e.Reason == "" {
			errs = append(errs, fmt.Errorf("%s: %s: %s -> %s without a reason", host, e.Service, e.From, e.To))
		}
	}
	return errs
}

// auditAlarms: nothing is wrong any more that the script did not announce.
func (r *run) auditAlarms(ctx context.Context, host string) error {
	return wait(ctx, 15*time.Second, "the end of all alarms on "+host, func() string {
		s, err := r.b.k.Snapshot(ctx, host)
		if err != nil {
			return err.Error()
		}
	alarms:
		for _, a := range s.Alarms {
			for _, allowed := range r.alarms {
				if strings.Contains(a.Code+" "+a.Text, allowed) {
					continue alarms
				}
			}
			if a.Severity != api.Notice {
				return a.Code + ": " + a.Text
			}
		}
		return ""
	})
}

// processes of each service on a host, by their control groups.
func (b *bed) processes(host string) map[string][]lab.Process {
	out := map[string][]lab.Process{}
	for _, p := range b.l.PIDs(host) {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", p.PID))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		for line := range strings.Lines(string(data)) {
			_, group, ok := strings.Cut(strings.TrimSpace(line), "/"+host+"/")
			if _, group, below := strings.Cut("/"+group, "/srr/"); ok && below {
				service, _, _ := strings.Cut(group, "/")
				out[service] = append(out[service], p)
			}
		}
	}
	return out
}
