package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	// network, which has every one once or twice. Left out where the measurement
	// is shorter than ospfd's LSRefreshTime: it would see a part of the records.
	LSAsPerHour  float64 `json:"lsas_per_hour,omitempty"`
	BytesPerHour float64 `json:"bytes_per_hour,omitempty"`
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
	// Flooding is how long what is flooded is counted, with floodedSize services
	// and icmp checks; 0: not at all.
	Flooding time.Duration
	Again    bool // measure also what the file holds already
}

const (
	// refreshed is how long it takes until every LSA was flooded again: those of what
	// runs with its check time every 15 minutes, the others by ospfd (LSRefreshTime,
	// RFC 2328, appendix B: 30 minutes).
	refreshed   = 31 * time.Minute
	floodedSize = 100
)

// settling is left out of the measurement: it is not rest yet.
const settling = 20 * time.Second

// restKey tells measurements apart.
type restKey struct {
	services, seconds int
	check             string
}

func (r *Rest) key() restKey { return restKey{r.Services, r.Seconds, r.Check} }

// plan lists what is to be measured.
func (o *RestOptions) plan() []restKey {
	var all []restKey
	for _, check := range o.Checks {
		for _, size := range o.Sizes {
			all = append(all, restKey{size, int(o.Time.Seconds()), check})
		}
	}
	if o.Flooding > 0 {
		all = append(all, restKey{floodedSize, int(o.Flooding.Seconds()), "icmp"})
	}
	return all
}

// MeasureRest measures all sizes with all checks, and saves after each. What the
// file holds already is not measured again unless asked.
func MeasureRest(ctx context.Context, o RestOptions, say func(format string, args ...any)) ([]Rest, error) {
	out, err := openRest(o)
	if err != nil {
		return nil, err
	}
	for _, k := range o.plan() {
		if slices.ContainsFunc(out, func(r Rest) bool { return r.key() == k }) {
			continue
		}
		r, err := measureRest(ctx, o, k)
		if err != nil {
			return out, fmt.Errorf("measure %d services at rest: %w", k.services, err)
		}
		out = append(out, r)
		if err := save(o.Out, out); err != nil {
			return out, err
		}
	}
	for _, r := range out {
		say("%d services per node, check %s: %.2f %% of a core, %.0f MB, running after %.1f s", r.Services, r.Check, r.CPUPercent, r.MemoryMB, r.SettleSeconds)
		if r.LSAsPerHour > 0 {
			say(", %.0f LSAs and %.0f kB per hour", r.LSAsPerHour, r.BytesPerHour/1000)
		}
		say("\n")
	}
	return out, nil
}

// openRest reads what earlier runs measured and this one would not.
func openRest(o RestOptions) (out []Rest, err error) {
	data, err := os.ReadFile(o.Out)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		return nil, fmt.Errorf("open results %s: %w", o.Out, err)
	}
	return slices.DeleteFunc(out, func(r Rest) bool { return o.Again && slices.Contains(o.plan(), r.key()) }), nil
}

func measureRest(ctx context.Context, o RestOptions, of restKey) (r Rest, err error) {
	timers := "bfd20"
	if of.seconds >= int(refreshed.Seconds()) {
		timers = "hello" // nothing fails, and half an hour of BFD costs a processor
	}
	l, err := lab.Up(ctx, lab.Options{Topology: "two", Timers: timers})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := l.WaitReady(ctx); err != nil {
		return r, err
	}
	c, err := restConfig(l, o.SRRD, of.services, of.check)
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
	r = Rest{Services: of.services, Check: of.check, Seconds: of.seconds, SettleSeconds: time.Since(began).Seconds()}
	if err := wait(ctx, settling); err != nil {
		return r, err
	}
	err = r.measure(ctx, l, k, time.Duration(of.seconds)*time.Second)
	return r, err
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
	if d >= refreshed {
		r.LSAsPerHour, r.BytesPerHour = float64(lsas)*3600/took, float64(bytes)*3600/took
	}
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
