package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"srr/internal/api"
	"srr/internal/routerid"
)

// box is a sink of which the test says how it does.
type box struct {
	mu   sync.Mutex
	err  error
	hang bool
	got  []Message
	at   []time.Time
}

func (b *box) Send(ctx context.Context, m Message) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at = append(b.at, time.Now())
	if b.hang {
		<-ctx.Done()
		return "", ctx.Err()
	}
	if b.err != nil {
		return "", b.err
	}
	b.got = append(b.got, m)
	return "ok", nil
}

// set changes how it does.
func (b *box) set(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err, b.at = err, nil
}

// pass lets time pass, and everything that is due then happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

type book struct{ bytes.Buffer }

func (b *book) log() *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }
func (b *book) count(text string) int {
	return strings.Count(b.String(), text)
}

func (w *worker) say(n int) {
	for i := range n {
		w.queue(Notice{Event: Failure, Subject: fmt.Sprint(i), Text: "x"}, "10.0.0.1", "shop", "n1")
	}
}

// TestWhatComesTogetherIsOneMessage, and there are six messages a minute at most.
func TestWhatComesTogetherIsOneMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, log := &box{}, &book{}
		w := startWorker(Route{Name: "box", Sink: b}, log.log())
		w.say(250)
		pass(gather)
		if len(b.got) != 1 || len(b.got[0].Notices) != maxBatch || b.got[0].Notices[99].Subject != "99" {
			t.Fatalf("at first: %d messages", len(b.got))
		}
		for range 600 {
			w.say(1)
			pass(100 * time.Millisecond)
		}
		if n := len(b.got); n < 6 || n > 8 {
			t.Errorf("%d messages in a minute", n)
		}
		w.close()
		n := 0
		for _, m := range b.got {
			n += len(m.Notices)
		}
		if n != 850 {
			t.Errorf("%d notices of 850 arrived", n)
		}
	})
}

func TestRetryWithGrowingPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, log := &box{err: errors.New("busy")}, &book{}
		w := startWorker(Route{Name: "box", Sink: b}, log.log())
		w.say(1)
		pass(5 * time.Minute)
		for i := 2; i < len(b.at); i++ {
			if was, is := b.at[i-1].Sub(b.at[i-2]), b.at[i].Sub(b.at[i-1]); is < was || is > retryMax {
				t.Errorf("after %v came %v", was, is)
			}
		}
		b.set(nil)
		pass(2 * time.Minute)
		w.close()
		if len(b.got) != 1 || log.count("are not delivered") != 1 || log.count("delivered again") != 1 || log.count("given up") != 0 {
			t.Errorf("%d messages, log:\n%s", len(b.got), log)
		}
	})
}

func TestGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, log := &box{err: errors.New("busy")}, &book{}
		w := startWorker(Route{Name: "box", Sink: b}, log.log())
		w.say(1)
		pass(11 * time.Minute)
		b.set(permanent(errors.New("never")))
		w.say(1)
		pass(time.Minute)
		if len(b.at) != 1 {
			t.Errorf("what is refused for ever was tried %d times", len(b.at))
		}
		b.set(nil)
		w.say(1)
		pass(time.Minute)
		w.close()
		if len(b.got) != 1 || log.count("were given up") != 2 || log.count("are not delivered") != 1 {
			t.Errorf("%d messages, log:\n%s", len(b.got), log)
		}
	})
}

// TestQueueIsBounded: the oldest are dropped, and counted.
func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, log := &box{err: errors.New("busy")}, &book{}
		w := startWorker(Route{Name: "box", Sink: b}, log.log())
		w.say(1)
		pass(time.Second) // under way
		w.say(maxQueue + 7)
		b.set(nil)
		pass(3 * time.Minute)
		w.close()
		if len(b.got) != 11 || b.got[1].Lost != 7 || b.got[2].Lost != 0 || b.got[1].Notices[0].Subject != "7" {
			t.Errorf("%d messages", len(b.got))
		}
	})
}

// TestEndIsShort: a sink that hangs delays the end by two seconds.
func TestEndIsShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, log := &box{hang: true}, &book{}
		w := startWorker(Route{Name: "box", Sink: b}, log.log())
		w.say(3)
		pass(5 * time.Second)
		begin := time.Now()
		w.close()
		if took := time.Since(begin); took != lastWords {
			t.Errorf("the end took %v", took)
		}
		if log.count("no time is left") != 1 {
			t.Errorf("log:\n%s", log)
		}
	})
}

// TestNotifier goes from snapshots to messages: by event, across a change of the
// sinks, and to the end.
func TestNotifier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, n3)
		log, all, returns, later := &book{}, &box{}, &box{}, &box{}
		var mu sync.Mutex
		n := New(func() api.Snapshot {
			mu.Lock()
			defer mu.Unlock()
			s := x.s
			s.Services = append([]api.Service(nil), s.Services...)
			s.Services[0].Instances = append([]api.Instance(nil), s.Services[0].Instances...)
			return s
		}, log.log())
		n.Set([]Route{{Name: "all", Sink: all}, {Name: "returns", Sink: returns, On: []Event{Return}}})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			n.Run(ctx)
			close(ended)
		}()
		run := func(on routerid.ID) {
			mu.Lock()
			x.run(on)
			mu.Unlock()
			n.Changed()
		}
		pass(time.Minute)
		run(0)
		pass(settle + lookEvery + gather) // no change tells that time has passed
		if len(all.got) != 1 || all.got[0].Summary() != "failure: web: runs nowhere" || all.got[0].Version != 1 || all.got[0].Node != "n3" {
			t.Fatalf("%+v", all.got)
		}
		run(n1)
		pass(time.Minute)
		if len(all.got) != 2 || len(returns.got) != 1 || returns.got[0].Worst() != Return {
			t.Errorf("%+v, %+v", all.got, returns.got)
		}
		n.Set([]Route{{Name: "later", Sink: later}})
		run(0)
		pass(settle + lookEvery) // queued, and not sent yet
		cancel()
		<-ended
		if len(later.got) != 1 || len(all.got) != 2 {
			t.Errorf("%+v, log:\n%s", later.got, log)
		}
	})
}
