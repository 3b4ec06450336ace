package web

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"time"

	"srr/internal/api"
)

const (
	// statusEvery is how often `status` is called of an instance that somebody looks at.
	statusEvery = 5 * time.Second
	// statusTimeout is how long it may take then: who wants to wait for longer asks.
	statusTimeout = 10 * time.Second
	// statusesAtOnce leaves places for other questions, should they all hang.
	statusesAtOnce = maxQuestions / 2
)

// statuses are what `status` last said of the services of this node whose pages
// somebody looks at. It is called once, however many look, and for nobody if nobody
// does.
type statuses struct {
	mu   sync.Mutex
	of   map[string]*liveStatus // by service
	busy int
}

// liveStatus is one answer.
type liveStatus struct {
	Output  api.Output
	Trouble string // instead of it
	asked   time.Time
	asking  bool
	known   bool
}

// last is the last answer, if there is one that is not old.
func (s *statuses) last(service string, now time.Time) *liveStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.of[service]
	if l == nil || !l.known || now.Sub(l.asked) > statusTimeout+2*statusEvery {
		return nil
	}
	copied := *l
	return &copied
}

// begin reports whether it should be called now. What begin allows must end.
func (s *statuses) begin(service string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.of[service]
	if l == nil {
		l = &liveStatus{}
	}
	// Ticks of those who look may be a little early.
	if l.asking || s.busy == statusesAtOnce || now.Sub(l.asked) < statusEvery-statusEvery/10 {
		return false
	}
	for name, old := range s.of {
		if !old.asking && now.Sub(old.asked) > time.Minute {
			delete(s.of, name)
		}
	}
	if s.of == nil {
		s.of = map[string]*liveStatus{}
	}
	l.asked, l.asking = now, true
	s.of[service] = l
	s.busy++
	return true
}

func (s *statuses) end(service string, out api.Output, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	l := s.of[service]
	l.asking, l.known, l.Output, l.Trouble = false, true, out, ""
	if err != nil {
		l.Trouble = err.Error()
	}
}

// keepStatus calls `status` for a page, if it is that of an instance here, as long as
// somebody looks at it.
func (s *Server) keepStatus(ctx context.Context, view string) {
	service := s.instanceHere(view)
	if service == "" {
		return
	}
	tick := time.NewTicker(statusEvery)
	defer tick.Stop()
	for {
		if s.statuses.begin(service, time.Now()) {
			s.callStatus(service)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// callStatus goes on if they leave: others may look.
func (s *Server) callStatus(service string) {
	ctx, cancel := context.WithTimeout(context.Background(), statusTimeout)
	defer cancel()
	out, err := ask(s, &visit{ctx: ctx}, func(ctx context.Context) (api.Output, error) { return s.opt.Inspector.Status(ctx, service) })
	s.statuses.end(service, out, err)
}

// instanceHere is the service whose instance on this node a page shows; "": another page.
func (s *Server) instanceHere(view string) string {
	u, err := url.Parse(view)
	if err != nil {
		return ""
	}
	words := strings.Split(u.Path, "/")
	if len(words) != 4 || words[1] != "services" {
		return ""
	}
	snap := s.opt.Backend.Snapshot()
	if n, err := snap.FindNode(words[3]); err != nil || !n.Self {
		return ""
	}
	if svc, err := snap.FindService(words[2]); err != nil || !svc.Local {
		return ""
	}
	return words[2]
}
