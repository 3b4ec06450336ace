//go:build lab

package console

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"srr/internal/api"
	"srr/internal/identity"
	"srr/lab"
)

// silent is how many connections are opened on which nobody says a word, and from
// how many addresses: each address gets as many as one may have.
const (
	silent  = 10000
	sources = 80
)

// testHostile: many connections that nobody speaks on, from many addresses, streams
// that nobody reads, and bodies without end change nothing for the cluster.
func (f *fixture) testHostile() {
	before := f.k.Instance(f.ctx, "n1", "web").Claim
	calm := f.loopLag("n1", 3*time.Second)
	f.Logf("the loop of n1 at rest: %s", calm)
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	measured := make(chan lag)
	go func() { measured <- f.loopLagUntil(ctx, "n1") }()
	f.neverRead(20)
	defer f.halfOpen()()
	ended := make(chan int64)
	for i := range 8 {
		go func() { ended <- f.endless(ctx, i%2 == 0) }()
	}
	f.livesOn("n1")
	cancel()
	under := <-measured
	f.Logf("the loop of n1 under attack: %s", under)
	if under.max > time.Second { // when it would doubt itself
		f.Errorf("the loop of n1 was late by %s", under.max)
	}
	for range 8 {
		if taken := <-ended; taken > 64<<20 { // what waits in buffers of the kernel is not read
			f.Errorf("%d bytes of a body were taken", taken)
		}
	}
	if now := f.k.Instance(f.ctx, "n1", "web"); now.State != "active/started" || now.Claim != before {
		f.Errorf("web on n1 is %s, claim %d instead of %d", now.State, now.Claim, before)
	}
	if code, _ := f.get(f.as("anna", identity.Viewer), f.console("n2")+"/nodes/n1"); code != http.StatusOK {
		f.Errorf("n2 answers %d", code)
	}
}

// neverRead opens streams, and reads none.
func (f *fixture) neverRead(n int) {
	slow := f.as("anna", identity.Viewer)
	for range n {
		r, err := http.NewRequestWithContext(f.ctx, http.MethodGet, f.console("n1")+"/v1/watch", nil)
		f.must(err)
		resp, err := slow.Do(r)
		f.must(err)
		f.Cleanup(func() { resp.Body.Close() })
	}
}

// halfOpen opens connections and says nothing; what it returns closes them.
func (f *fixture) halfOpen() (end func()) {
	var limit unix.Rlimit // Go has raised it as far as it goes
	f.must(unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	if limit.Cur < silent+1000 {
		f.Fatalf("this test opens %d files, the limit is %d: ulimit -Hn %d", silent, limit.Cur, silent+1000)
	}
	for i := range sources {
		_, err := f.l.Exec(f.ctx, "cl", "ip", "addr", "add", source(i).String()+"/32", "dev", "eth0")
		f.must(err)
	}
	address := strings.TrimPrefix(f.console("n1"), "https://")
	var all []net.Conn
	failed := 0
	f.must(lab.InNamespace(f.l.NodeNamespace("cl"), func() error {
		for i := range silent {
			d := net.Dialer{LocalAddr: &net.TCPAddr{IP: source(i % sources)}, Timeout: 2 * time.Second}
			c, err := d.DialContext(f.ctx, "tcp", address)
			if err != nil {
				failed++
				continue
			}
			all = append(all, c)
		}
		return nil
	}))
	f.Logf("%d connections were opened, %d failed", len(all), failed)
	if len(all) < silent*9/10 {
		f.Errorf("only %d connections: nothing is shown", len(all))
	}
	return func() {
		for _, c := range all {
			c.Close()
		}
	}
}

func source(i int) net.IP { return net.IPv4(10, 71, 9, byte(100+i)) }

// endless sends a body of a gigabyte, again and again, until ctx ends, and returns
// the most that was taken of one. Nobody can enrol with it; a command is an operator's.
func (f *fixture) endless(ctx context.Context, known bool) (most int64) {
	config, path := f.pki.Client(), "/api/v1/enrol"
	if known {
		config, path = f.pki.Client(f.pki.User("otto", identity.Operator)), "/v1/commands"
	}
	config.ServerName = "localhost"
	address := strings.TrimPrefix(f.console("n1"), "https://")
	piece := make([]byte, 1<<16)
	for ctx.Err() == nil {
		c, err := f.dial(ctx, "tcp", address)
		if err != nil {
			continue // all places are taken
		}
		_ = c.SetDeadline(time.Now().Add(5 * time.Second))
		t := tls.Client(c, config)
		_, err = fmt.Fprintf(t, "POST %s HTTP/1.1\r\nHost: n1\r\nSrr-Request: 1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n{\"verb\":\"", path, 1<<30)
		var taken int64
		for err == nil && taken < 1<<30 {
			var n int
			n, err = t.Write(piece)
			taken += int64(n)
		}
		_, _ = io.Copy(io.Discard, t) // an answer, or a reset
		c.Close()
		most = max(most, taken)
	}
	return most
}

// livesOn: a node goes on publishing, without an alarm or doubts about itself.
func (f *fixture) livesOn(host string) {
	f.Helper()
	var last uint64
	for range 4 {
		s, err := f.k.Snapshot(f.ctx, host)
		f.must(err)
		if s.Sequence <= last || time.Since(s.At) > 3*time.Second || len(s.Alarms) > 0 || s.Nodes[0].Has(api.FlagSelfDoubt) {
			f.Errorf("sequence %d after %d, of %s, alarms %v, flags %v", s.Sequence, last, time.Since(s.At), s.Alarms, s.Nodes[0].Flags)
		}
		last = s.Sequence
		f.eventually(host+" publishes", func() bool {
			s, err := f.k.Snapshot(f.ctx, host)
			return err == nil && s.Sequence > last
		})
	}
}

// lag is how long a loop took to answer, over some time.
type lag struct{ median, p99, max time.Duration }

func (l lag) String() string {
	return fmt.Sprintf("median %v, 99 %% within %v, at most %v", l.median.Round(10*time.Microsecond), l.p99.Round(10*time.Microsecond), l.max.Round(10*time.Microsecond))
}

// loopLag asks a node, over its socket, what only its loop can answer, every 10 ms.
func (f *fixture) loopLag(host string, length time.Duration) lag {
	f.Helper()
	ctx, cancel := context.WithTimeout(f.ctx, length)
	defer cancel()
	return f.loopLagUntil(ctx, host)
}

func (f *fixture) loopLagUntil(ctx context.Context, host string) lag {
	c := f.k.Client(host)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	var all []time.Duration
	for {
		select {
		case <-ctx.Done():
			slices.Sort(all)
			if len(all) == 0 {
				return lag{}
			}
			return lag{all[len(all)/2], all[len(all)*99/100], all[len(all)-1]}
		case <-tick.C:
		}
		began := time.Now()
		if _, err := c.Explain(f.ctx, "web"); err != nil {
			f.Errorf("the loop of %s does not answer: %v", host, err)
			return lag{}
		}
		all = append(all, time.Since(began))
	}
}
