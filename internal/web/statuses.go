package web

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"srr/internal/api"
	"srr/internal/routerid"
	"srr/internal/ticks"
)

const (
	// statusEvery is how often `status` is called of an instance that somebody looks at.
	statusEvery = 5 * time.Second
	// statusTimeout is how long it may take then: who wants to wait for longer asks.
	statusTimeout = 10 * time.Second
	// statusesAtOnce leaves places for other questions, should they all hang.
	statusesAtOnce = maxQuestions / 2
)

// statuses are what `status` last said of the instances whose pages somebody looks at.
// It is called once, however many look, and for nobody if nobody does. Of an instance
// elsewhere it is called once for each who looks: its node judges whom it tells.
type statuses struct {
	mu   sync.Mutex
	of   map[statusKey]*liveStatus
	busy int
}

// statusKey is an instance, and in whose name another node is asked of it.
type statusKey struct {
	service string
	node    routerid.ID
	bearer  string // "": it is here
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
func (s *statuses) last(k statusKey, now time.Time) *liveStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.of[k]
	if l == nil || !l.known || now.Sub(l.asked) > statusTimeout+2*statusEvery {
		return nil
	}
	copied := *l
	return &copied
}

// begin reports whether it should be called now. What begin allows must end.
func (s *statuses) begin(k statusKey, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.of[k]
	if l == nil {
		l = &liveStatus{}
	}
	// Ticks of those who look may be a little early.
	if l.asking || s.busy == statusesAtOnce || now.Sub(l.asked) < statusEvery-statusEvery/10 {
		return false
	}
	maps.DeleteFunc(s.of, func(_ statusKey, old *liveStatus) bool { return !old.asking && now.Sub(old.asked) > time.Minute })
	if s.of == nil {
		s.of = map[statusKey]*liveStatus{}
	}
	l.asked, l.asking = now, true
	s.of[k] = l
	s.busy++
	return true
}

func (s *statuses) end(k statusKey, out api.Output, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	l := s.of[k]
	l.asking, l.known, l.Output, l.Trouble = false, true, out, ""
	if err != nil {
		l.Trouble = err.Error()
	}
}

// keepStatus has `status` called for a page, if it is that of an instance, as long as
// somebody looks at it.
func (s *Server) keepStatus(r *http.Request, view string) {
	s.callStatus(r, view)
	for range ticks.Every(r.Context(), statusEvery) {
		s.callStatus(r, view)
	}
}

// callStatus goes on if they leave: others may look.
func (s *Server) callStatus(r *http.Request, view string) {
	service, n := s.instanceOf(view)
	if n == nil || !answers(n) {
		return
	}
	k := keyOfStatus(service, n, bearerOf(r))
	if !s.statuses.begin(k, time.Now()) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), statusTimeout)
	defer cancel()
	v := visitOf(r)
	v.ctx = ctx
	var out api.Output
	var err error
	if n.Self {
		out, err = ask(s, v, func(ctx context.Context) (api.Output, error) { return s.opt.Inspector.Status(ctx, service) })
	} else {
		out, err = fetch[api.Output](s, v, n, "status", url.Values{"service": {service}})
	}
	s.statuses.end(k, out, err)
}

func keyOfStatus(service string, n *api.Node, bearer string) statusKey {
	if n.Self {
		bearer = ""
	}
	return statusKey{service, n.RouterID, bearer}
}

// instanceOf is the instance that a page shows; no node: another page.
func (s *Server) instanceOf(view string) (service string, on *api.Node) {
	u, err := url.Parse(view)
	if err != nil {
		return "", nil
	}
	words := strings.Split(u.Path, "/")
	if len(words) != 4 || words[1] != "services" {
		return "", nil
	}
	snap := s.opt.Backend.Snapshot()
	n, err := snap.FindNode(words[3])
	if err != nil {
		return "", nil
	}
	svc, err := snap.FindService(words[2])
	if err != nil || svc.On(n.RouterID) == nil {
		return "", nil
	}
	return svc.Name, n
}

// answers reports whether a node can be asked from here.
func answers(n *api.Node) bool { return n.Self || n.Console != "" && n.State != api.NodeDown }
