package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"srr/lab"
	"srr/lab/cluster"
)

// Rest is what a cluster costs while nothing happens.
type Rest struct {
	Services int    `json:"services"` // on each of three nodes
	Check    string `json:"check"`    // of each service, every 10 s: none, icmp, make
	Seconds  int    `json:"seconds"`  // of the measurement
	// CPU of the busiest srrd, in percent of one core, with what it started.
	CPUPercent float64 `json:"cpu_percent"`
	// MemoryMB is the largest resident set of a srrd.
	MemoryMB float64 `json:"memory_mb"`
	// Flooded are the opaque LSAs and their bytes that passed the client's
	// network, which has every one once or twice.
	LSAsPerHour  float64 `json:"lsas_per_hour"`
	BytesPerHour float64 `json:"bytes_per_hour"`
	// SettleSeconds is the time from the start of the daemons until everything ran.
	SettleSeconds float64 `json:"settle_seconds"`
}

// RestOptions of MeasureRest.
type RestOptions struct {
	SRRD   string
	Out    string        // file of the results; beside bench.json
	Sizes  []int         // services per node
	Checks []string      // none, icmp, make
	Time   time.Duration // of each measurement
}

// settling is left out of the measurement: it is not rest yet.
const settling = 20 * time.Second

// MeasureRest measures all sizes with all checks, and saves after each.
func MeasureRest(ctx context.Context, o RestOptions, say func(format string, args ...any)) ([]Rest, error) {
	var out []Rest
	for _, check := range o.Checks {
		for _, size := range o.Sizes {
			r, err := measureRest(ctx, o, size, check)
			if err != nil {
				return out, fmt.Errorf("measure %d services at rest: %w", size, err)
			}
			say("%d services per node, check %s: %.2f %% of a core, %.0f MB, %.0f LSAs and %.0f kB per hour, running after %.1f s\n",
				size, check, r.CPUPercent, r.MemoryMB, r.LSAsPerHour, r.BytesPerHour/1000, r.SettleSeconds)
			out = append(out, r)
			if err := save(o.Out, out); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

func measureRest(ctx context.Context, o RestOptions, size int, check string) (r Rest, err error) {
	l, err := lab.Up(ctx, lab.Options{Topology: "two", Timers: "bfd20"})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := l.WaitReady(ctx); err != nil {
		return r, err
	}
	c, err := restConfig(l, o.SRRD, size, check)
	if err != nil {
		return r, err
	}
	began := time.Now()
	k, err := cluster.Start(l, c)
	if err != nil {
		return r, err
	}
	if err := k.Settled(ctx); err != nil {
		return r, err
	}
	r = Rest{Services: size, Check: check, Seconds: int(o.Time.Seconds()), SettleSeconds: time.Since(began).Seconds()}
	if err := wait(ctx, settling); err != nil {
		return r, err
	}
	return r, r.measure(ctx, l, k, o.Time)
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// measure watches the daemons and the wire.
func (r *Rest) measure(ctx context.Context, l *lab.Lab, k *cluster.Cluster, d time.Duration) error {
	count, err := countFlooded(l.NodeNamespace("cl"))
	if err != nil {
		return err
	}
	before := map[string]float64{}
	for _, host := range k.Live() {
		if before[host], err = cpuSeconds(l, host); err != nil {
			return err
		}
	}
	began := time.Now()
	if err := wait(ctx, d); err != nil {
		return err
	}
	took := time.Since(began).Seconds()
	for _, host := range k.Live() {
		after, err := cpuSeconds(l, host)
		if err != nil {
			return err
		}
		memory, err := residentMB(l, host)
		if err != nil {
			return err
		}
		r.CPUPercent = max(r.CPUPercent, 100*(after-before[host])/took)
		r.MemoryMB = max(r.MemoryMB, memory)
	}
	lsas, bytes, err := count()
	r.LSAsPerHour, r.BytesPerHour = float64(lsas)*3600/took, float64(bytes)*3600/took
	return err
}

// restConfig gives a third of the services to each node. The preference says
// which; the nodes with the others are ready to take over.
func restConfig(l *lab.Lab, srrd string, size int, check string) (cluster.Config, error) {
	c := cluster.Config{Binary: srrd, Restart: restart}
	hosts := []string{"n1", "n2", "n3"}
	makefile := filepath.Join(filepath.Dir(l.EchoProgram()), "Makefile")
	err := os.WriteFile(makefile, []byte("activate deactivate start stop reload restart join leave failed status check:\n\t@true\n"), 0o644)
	if err != nil {
		return c, fmt.Errorf("configure services: %w", err)
	}
	for i := range size {
		on := cluster.Equal(hosts...)
		on[hosts[i%len(hosts)]] = 200
		s := cluster.Service{Name: "vip" + strconv.Itoa(i), On: on, Settings: []string{
			fmt.Sprintf("addresses: [%s]", lab.ServiceAddr(i)),
		}}
		switch check {
		case "icmp":
			s.Settings = append(s.Settings, `check: {icmp: "{address}", interval: 10s}`)
		case "make":
			s.Settings = append(s.Settings, "make: "+makefile, "check: {primitive: true, interval: 10s}")
		}
		c.Services = append(c.Services, s)
	}
	return c, nil
}

// clockTicks per second, of /proc: sysconf(_SC_CLK_TCK) of every Linux that
// Go runs on.
const clockTicks = 100

// cpuSeconds of srrd on a host, with the children that it has waited for.
func cpuSeconds(l *lab.Lab, host string) (float64, error) {
	p, ok := l.DaemonProcess(host)
	if !ok {
		return 0, fmt.Errorf("look at srrd on %s: it does not run", host)
	}
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID))
	if err != nil {
		return 0, fmt.Errorf("look at srrd on %s: %w", host, err)
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	var ticks float64
	for _, i := range []int{11, 12, 13, 14} { // utime stime cutime cstime, proc_pid_stat(5)
		n, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return 0, fmt.Errorf("look at srrd on %s: %w", host, err)
		}
		ticks += n
	}
	return ticks / clockTicks, nil
}

// residentMB of srrd on a host.
func residentMB(l *lab.Lab, host string) (float64, error) {
	p, _ := l.DaemonProcess(host)
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID))
	if err != nil {
		return 0, fmt.Errorf("look at srrd on %s: %w", host, err)
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmRSS:" {
			kb, err := strconv.ParseFloat(f[1], 64)
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("look at srrd on %s: no VmRSS", host)
}
