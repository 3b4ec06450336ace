package api_test

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"srr/internal/api"
	"srr/internal/api/apitest"
)

func TestWatchSeesChanges(t *testing.T) {
	f, s, c, _ := serve(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var seen []uint64
	for snap, err := range c.Watch(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, snap.Sequence)
		if len(seen) == 3 {
			break
		}
		f.SetSnapshot(snap)
		if len(seen) == 1 {
			s.Changed() // the other change is found without
		}
	}
	if len(seen) != 3 || seen[0] != 41 || seen[2] != 43 {
		t.Errorf("sequences %v", seen)
	}
}

func TestEventsFollow(t *testing.T) {
	f, _, c, _ := serve(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var reasons []string
	for e, err := range c.Events(ctx, api.EventQuery{After: 4, Follow: true}) {
		if err != nil {
			t.Fatal(err)
		}
		reasons = append(reasons, e.Reason)
		if len(reasons) == 2 {
			break
		}
		f.Append(api.Event{Time: apitest.Now, Node: "n1", Reason: "new"})
	}
	if got := strings.Join(reasons, ","); got != "an operator stopped the unit,new" {
		t.Errorf("followed %q", got)
	}
}

func TestEventsEnd(t *testing.T) {
	_, _, c, _ := serve(t)
	n := 0
	for _, err := range c.Events(t.Context(), api.EventQuery{Service: "dns"}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d events of dns", n)
	}
}

// A browser gets server-sent events, each on one data line whatever its text is.
func TestServerSentEvents(t *testing.T) {
	_, _, _, path := serve(t)
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://srrd/v1/events", nil)
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Last-Event-ID", "2")
	if err := req.Write(conn); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatal(resp, err)
	}
	defer resp.Body.Close()
	var lines []string
	for sc := bufio.NewScanner(resp.Body); sc.Scan(); {
		lines = append(lines, sc.Text())
	}
	if len(lines) != 12 || lines[0] != "event: event" || lines[1] != "id: 3" || !strings.HasPrefix(lines[2], `data: {"sequence":3,`) || lines[3] != "" {
		t.Errorf("%d lines: %q", len(lines), lines)
	}
}
