package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"srr/internal/api"
	"srr/internal/api/apitest"
	"srr/internal/identity"
	"srr/internal/ticks"
)

// watch opens a live page and returns the messages that come.
func (s *site) watch(c *http.Client, view, hash string) <-chan liveMessage {
	s.Helper()
	q := url.Values{"view": {view}, "hash": {hash}}
	r, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.url+"/live?"+q.Encode(), nil)
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	long := *c
	long.Timeout = 0
	resp, err := long.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != http.StatusOK {
		s.Fatalf("watch %s: %s", view, resp.Status)
	}
	out := make(chan liveMessage, 16)
	go func() {
		defer close(out)
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 4<<20)
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var m liveMessage
				if json.Unmarshal([]byte(data), &m) == nil {
					out <- m
				}
			}
		}
	}()
	return out
}

func (s *site) next(from <-chan liveMessage) liveMessage {
	s.Helper()
	select {
	case m, ok := <-from:
		if !ok {
			s.Fatal("the stream ended")
		}
		return m
	case <-time.After(30 * time.Second):
		s.Fatal("nothing came")
	}
	return liveMessage{}
}

func hashIn(body string) string {
	_, after, _ := strings.Cut(body, `data-hash="`)
	hash, _, _ := strings.Cut(after, `"`)
	return hash
}

// TestLive: who has the page gets nothing until something changes, then only the
// part that did; who has another one gets the whole.
func TestLive(t *testing.T) {
	s := newSite(t)
	c := s.as("viewer")
	stream := s.watch(c, "/", hashIn(s.get(c, "/").body))
	other := s.watch(c, "/", "of long ago")
	if m := s.next(other); !strings.Contains(m.Main, "192.0.2.53") || m.Parts != nil {
		t.Errorf("who has another page gets %+v", m)
	}
	snap := apitest.Shop()
	snap.Services[1].Instances[1].Check.Text = "answered in 9 ms"
	s.fake.SetSnapshot(snap)
	s.server.Changed()
	m := s.next(stream)
	if m.Main != "" || len(m.Parts) != 1 || !strings.Contains(m.Parts[partID("service", "dns")], "answered in 9 ms") {
		t.Errorf("one row changed, and there comes %+v", m)
	}
	snap = apitest.Shop()
	snap.Services = append(snap.Services, api.Service{Name: "new", Kind: "network"})
	s.fake.SetSnapshot(snap)
	s.server.Changed()
	if m := s.next(stream); !strings.Contains(m.Main, partID("service", "new")) {
		t.Errorf("a new row, and there comes %+v", m)
	}
}

// TestLiveShowsNoMoreThanThePage: a page that a role may not see, that is no page,
// or that does not change by itself cannot be watched.
func TestLiveShowsNoMoreThanThePage(t *testing.T) {
	s := newSite(t)
	c := s.as("viewer")
	for _, view := range []string{"/routing", "/act?verb=stop&unit=shop", "/v1/snapshot", "/static/x", "//evil.example/", "x", "/information", "/services/dns/n1?status=now"} {
		if got := s.get(c, "/live?"+url.Values{"view": {view}}.Encode()); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", view, got.status)
		}
	}
}

// TestWatchersAreBounded, and leave their place when they go.
func TestWatchersAreBounded(t *testing.T) {
	s := newSite(t)
	for range maxWatching {
		s.server.watchers <- struct{}{}
	}
	c := s.as("viewer")
	for _, path := range []string{"/live?view=/", "/v1/watch", "/v1/events?follow=true"} {
		if got := s.get(c, path); got.status != http.StatusServiceUnavailable {
			t.Errorf("%s: %d", path, got.status)
		}
	}
}

// TestPartsAreCut: what is between parts is the frame.
func TestPartsAreCut(t *testing.T) {
	page := func(rows ...string) cutParts {
		var b strings.Builder
		b.WriteString("<table>")
		for i, r := range rows {
			id := partID("row", fmt.Sprint(i))
			fmt.Fprintf(&b, "%s<tr id=%q>%s</tr>%s", beginPart(id), id, r, endPart())
		}
		return cutMain([]byte(b.String() + "</table>"))
	}
	a, b, c := page("x", "y"), page("x", "z"), page("x", "y", "z")
	if got, all := b.changed(&a); !all || len(got) != 1 || !strings.Contains(got["row-1"], "z") {
		t.Errorf("%v %v", got, all)
	}
	if got, all := c.changed(&a); all {
		t.Errorf("a third row is %v", got)
	}
	if a.hash == b.hash {
		t.Error("different pages have one hash")
	}
	if partID("a-b", "c") == partID("a", "b-c") || strings.ContainsAny(partID("x", `"><script>`), `"<>`) {
		t.Error("identifiers of parts are not safe")
	}
}

// TestOneRenderForAll: a page is made once, however many watch it.
func TestOneRenderForAll(t *testing.T) {
	s := newSite(t)
	k := liveKey{role: identity.Viewer, view: "/"}
	for range 50 {
		s.server.live.enter(k)
	}
	if due := s.server.live.due(true); len(due) != 1 {
		t.Errorf("%d pages are made for 50 watchers of one", len(due))
	}
	for range 50 {
		s.server.live.leave(k)
	}
	if due := s.server.live.due(true); len(due) != 0 {
		t.Errorf("%d pages are made for nobody", len(due))
	}
}

// TestMoreWatchersCostNothing: who comes when others look at the page gets what was
// made for those, although nothing can be made now.
func TestMoreWatchersCostNothing(t *testing.T) {
	s := newSite(t)
	first := s.watch(s.as("viewer"), "/", "")
	whole := s.next(first)
	for range cap(s.server.slots) {
		s.server.slots <- struct{}{}
	}
	c := s.as("viewer")
	for range 20 {
		if got := s.next(s.watch(c, "/", "")); got.Main != whole.Main {
			t.Error("another page")
		}
	}
}

// TestWatchersTakeTurns: what is sent to all of them together is bounded, so that
// nobody who has to decide waits behind them; one who watches alone waits for nothing.
// TestManyAreToldLessOften: while something changes all the time, each change costs what all
// who watch are sent, so that there are fewer for many.
func TestManyAreToldLessOften(t *testing.T) {
	for watchers, most := range map[int]int{1: 200, 200: 24} { // in ten seconds
		synctest.Test(t, func(t *testing.T) {
			made := 0
			l := newLive(func(context.Context, liveKey) (mainResult, error) {
				made++
				return mainResult{main: []byte(fmt.Sprint("<p>", made)), pace: onChange}, nil
			})
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			go func() {
				for range ticks.Every(ctx, time.Millisecond) {
					l.changed()
				}
			}()
			for range watchers {
				go func() {
					_ = l.each(ctx, liveKey{view: "/"}, "", func([]byte) error { return nil })
				}()
			}
			l.run(ctx)
			if made > most || made < most*9/10 {
				t.Errorf("%d watch, and pages were made %d times, want up to %d", watchers, made, most)
			}
			synctest.Wait()
		})
	}
}

func TestWatchersTakeTurns(t *testing.T) {
	l := newLive(nil)
	now := time.Unix(1000, 0)
	if w := l.reserve(now, 1<<20); w != 0 {
		t.Errorf("the first waits for %s", w)
	}
	var last time.Duration
	for range 199 {
		last = l.reserve(now, liveRate/100)
	}
	if last < 1900*time.Millisecond || last > 2100*time.Millisecond || l.busy(now) <= last {
		t.Errorf("the last of 200 waits for %s, all are done after %s", last, l.busy(now))
	}
	if w := l.reserve(now.Add(10*time.Second), 1); w != 0 || l.busy(now.Add(20*time.Second)) > 0 {
		t.Errorf("somebody later waits for %s", w)
	}
}

// TestStatusIsLive: while somebody looks at an instance here, its page says what its
// primitive `status` says, and nobody else's does.
func TestStatusIsLive(t *testing.T) {
	s := newSite(t)
	s.fake.StatusIs.Output = "all is well <script>"
	c := s.as("viewer")
	if body := s.get(c, "/services/dns/n1").body; strings.Contains(body, "all is well") {
		t.Error("it was called before somebody looked")
	}
	s.next(s.watch(c, "/services/dns/n2", "")) // of another node, which has no console
	stream := s.watch(c, "/services/dns/n1", "")
	for {
		m := s.next(stream)
		text := m.Main + m.Parts["status"]
		if strings.Contains(text, "all is well &lt;script&gt;") {
			break
		}
	}
	if body := s.get(c, "/services/dns/n2").body; strings.Contains(body, "all is well") {
		t.Error("another node's instance says so")
	}
}

// TestStatusElsewhereIsLive: the node of the instance is asked in the name of who looks,
// judges them, and what it says is shown to nobody else.
func TestStatusElsewhereIsLive(t *testing.T) {
	n1, n2 := pair(t)
	n2.fake.StatusIs.Output = "all is well there"
	shows := func(c *http.Client, want string) {
		t.Helper()
		for stream := n1.watch(c, "/services/dns/n2", ""); ; {
			m := n1.next(stream)
			if text := m.Main + m.Parts["status"]; strings.Contains(text, want) {
				return
			} else if strings.Contains(text, n2.fake.StatusIs.Output) {
				t.Fatalf("want %q: %s", want, text)
			}
		}
	}
	first := n1.as("viewer")
	shows(first, "all is well there")
	if body := n1.get(first, "/services/dns/n2").body; !strings.Contains(body, "all is well there") {
		t.Error("who looks has it at once when they come again")
	}
	if body := n1.get(n1.as("viewer"), "/services/dns/n2").body; strings.Contains(body, "all is well") {
		t.Error("what was said to somebody is shown to another one")
	}
	shows(n1.loggedIn("viewer"), "all is well there")
	n2.ca.mu.Lock()
	n2.ca.revoked = map[string]bool{"anna": true}
	n2.ca.mu.Unlock()
	shows(n1.as("viewer"), "status: no certificate of a user")
	snap := n1.fake.Snapshot()
	snap.Nodes = slices.Clone(snap.Nodes)
	snap.Nodes[1].State = api.NodeDown
	n1.fake.SetSnapshot(snap)
	n1.next(n1.watch(first, "/services/dns/n2", "")) // it may come back while they look
	n1.server.live.mu.Lock()
	defer n1.server.live.mu.Unlock()
	for k := range n1.server.live.views {
		if k.bearer == "" {
			t.Errorf("%s is for everybody", k.view)
		}
	}
}

// TestStatusIsCalledOnce, however many look, and hanging ones leave place for others.
func TestStatusIsCalledOnce(t *testing.T) {
	var s statuses
	now := time.Unix(1000, 0)
	begins := func(want bool, service string, after time.Duration) {
		t.Helper()
		now = now.Add(after)
		if got := s.begin(statusKey{service: service}, now); got != want {
			t.Errorf("%s: %v", service, got)
		}
	}
	begins(true, "a", 0)
	begins(false, "a", 0)
	begins(false, "a", time.Hour) // it hangs
	s.end(statusKey{service: "a"}, api.Output{Output: "well"}, nil)
	if l := s.last(statusKey{service: "a"}, now); l != nil {
		t.Errorf("of an hour ago: %+v", l)
	}
	begins(true, "a", 0)
	s.end(statusKey{service: "a"}, api.Output{Output: "well"}, nil)
	begins(false, "a", statusEvery/2)
	if l := s.last(statusKey{service: "a"}, now); l == nil || l.Output.Output != "well" {
		t.Errorf("%+v", l)
	}
	begins(true, "a", statusEvery/2)
	begins(true, "b", 0)
	begins(false, "c", 0)
	s.end(statusKey{service: "a"}, api.Output{}, errors.New("it hung"))
	begins(true, "c", 0)
	if l := s.last(statusKey{service: "a"}, now); l == nil || l.Trouble != "it hung" {
		t.Errorf("%+v", l)
	}
	s.end(statusKey{service: "c"}, api.Output{}, nil)
	begins(true, "c", 2*time.Minute)
	if s.last(statusKey{service: "a"}, now) != nil || s.of[statusKey{service: "b"}] == nil || len(s.of) != 2 {
		t.Errorf("kept: %v", s.of)
	}
}
