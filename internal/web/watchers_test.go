package web

import (
	"bufio"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"srr/internal/api"
	"srr/internal/api/apitest"
)

// BenchmarkWatchers is what 200 browsers cost that watch the overview of 32 nodes
// and 500 services: one operation is what a node at rest publishes every 2 s, new
// times of the checks of its own 16 services that are checked every 10 s, made known
// to all of them. The processor time is that of server and browsers together.
func BenchmarkWatchers(b *testing.B) {
	const watchers = 200
	ca := newAuthority(b)
	fake := apitest.NewFake()
	fake.SetSnapshot(crowd(32, 500))
	log := slog.New(slog.DiscardHandler)
	s := New(Options{API: api.New(fake, fake, log), Backend: fake, Inspector: fake, Identity: ca, Log: log})
	url := serve(b, s)
	user := ca.issue(b, "anna", "viewer")
	var got sync.WaitGroup
	got.Add(watchers) // the first message is the whole page
	for i := range watchers {
		// Of one address there may be fewer.
		dial := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+i%4))}}
		client := &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: ca.pool(), Certificates: []tls.Certificate{user}}, DialContext: dial.DialContext,
		}}
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url+"/live?view=/", nil)
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Accept", "text/event-stream")
		resp, err := client.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { resp.Body.Close() })
		go count(resp.Body, &got)
	}
	got.Wait()
	began, at := processorTime(), time.Now()
	for i := range b.N {
		snap := crowd(32, 500)
		for k := range 4 {
			snap.Services[k*3].Instances[0].Check = &api.LastCheck{At: at.Add(time.Duration(i) * time.Second), Text: "200 OK"}
		}
		got.Add(watchers)
		fake.SetSnapshot(snap)
		s.Changed()
		got.Wait()
	}
	used := processorTime() - began
	b.ReportMetric(float64(used.Milliseconds())/float64(b.N), "cpu-ms/op")
}

// count tells of each message.
func count(from io.Reader, got *sync.WaitGroup) {
	lines := bufio.NewReaderSize(from, 1<<16)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		if strings.HasPrefix(line, "data: ") {
			got.Done()
		}
	}
}

func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it cannot fail
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
