package api

import (
	"context"
	"strings"
	"time"
)

// Do carries out a request of the caller that ctx names (WithCaller), and
// writes it down. It is the only door to Backend.Do, for all transports.
func (s *Server) Do(ctx context.Context, req Request) (Reply, error) {
	reply, err := s.do(ctx, req)
	s.audit(ctx, &req, reply, err)
	return reply, err
}

func (s *Server) do(ctx context.Context, req Request) (Reply, error) {
	snap := s.backend.Snapshot()
	cmd, err := req.resolve(&snap, time.Now(), callerOf(ctx).author(req.OnBehalf))
	if err != nil {
		return Reply{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, doTimeout)
	defer cancel()
	return s.backend.Do(ctx, cmd)
}

func (s *Server) audit(ctx context.Context, req *Request, reply Reply, err error) {
	if s.Audit == nil {
		return
	}
	d := deed(ctx, cut(req.Words(), maxWords), req.OnBehalf, reply.Text, err)
	d.Service = cut(req.Service, maxReason)
	s.Audit(d)
}

// written writes down what the API did itself.
func (s *Server) written(ctx context.Context, what, onBehalf, done string, err error) {
	if s.Audit != nil {
		s.Audit(deed(ctx, what, onBehalf, done, err))
	}
}

func deed(ctx context.Context, what, onBehalf, done string, err error) Deed {
	d := Deed{Caller: callerOf(ctx), What: what, Result: "accepted: " + done}
	if onBehalf != "" && d.Caller.From == fromSocket {
		d.Caller.Name = d.Caller.author(onBehalf)
	}
	if err != nil {
		_, e := classify(err)
		d.Result = e.Kind + ": " + cut(strings.TrimPrefix(e.Text, "refused: "), maxWords)
	}
	return d
}

// maxWords bounds each text of a deed, in bytes.
const maxWords = 300

// Written writes down something that another part of the daemon did for the
// caller that ctx names.
func (s *Server) Written(ctx context.Context, d Deed) {
	if s.Audit != nil {
		d.Caller = callerOf(ctx)
		s.Audit(d)
	}
}
