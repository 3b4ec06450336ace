package web

import (
	"context"
	"errors"
	"net/http/httptrace"

	"srr/internal/api"
	"srr/internal/hearing"
)

// noAnswer is the error of a request to another node that came back with nothing.
type noAnswer struct {
	node string // title
	// sent: it was to change something, and somebody was there to whom it was sent. What
	// became of it is not known.
	sent  bool
	cause error
}

func unanswered(n *api.Node, sent bool, cause error) *noAnswer {
	return &noAnswer{n.Title(), sent && !errors.As(cause, new(*hearing.Refused)), cause}
}

func (e *noAnswer) Error() string {
	switch {
	case errors.As(e.cause, new(*hearing.Refused)):
		return e.node + " does not let this node in: " + e.cause.Error()
	case e.sent:
		return e.node + " has not answered, and may have done it all the same: " + e.cause.Error()
	}
	return e.node + " does not answer: " + e.cause.Error()
}

func (e *noAnswer) Unwrap() error { return e.cause }

// noting sets sent when there is a connection on which the request goes out.
func noting(ctx context.Context, sent *bool) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { *sent = true }})
}
