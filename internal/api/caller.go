package api

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"
)

// Caller is who asks.
type Caller struct {
	Name string // as records and the audit trail show it
	From string // address and port, or "socket"
	Via  string // how they proved who they are: "certificate 4f2a", "socket", …
}

// fromSocket is the only place where a caller may name somebody else: whoever
// may open the socket is the owner of the daemon.
const fromSocket = "socket"

type callerKey struct{}

// WithCaller marks a request's context with who asks. A server on another
// transport calls it after it has authenticated the user.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

func callerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	c.Name = cmp.Or(c.Name, "unknown")
	return c
}

// maxAuthor is what fits in a record (discovery.Intent).
const maxAuthor = 32

// author is the caller in a record, and on whose behalf; at most maxAuthor bytes.
func (c Caller) author(onBehalf string) string {
	name := c.Name
	if c.From == fromSocket && onBehalf != "" && onBehalf != name && Printable(onBehalf) {
		name = onBehalf + " as " + name
	}
	return cut(name, maxAuthor)
}

// Deed is a change that somebody asked for, and what came of it: one line of
// the audit trail.
type Deed struct {
	Caller  Caller
	What    string // in the words of srrctl, "move shop n2"
	Service string // that it is about, if it is one
	Result  string // "accepted: …", "refused: …", "failed: …"
}

// String is the deed in one line.
func (d *Deed) String() string {
	return fmt.Sprintf("%s (%s) from %s: %s: %s", d.Caller.Name, d.Caller.Via, d.Caller.From, d.What, d.Result)
}

// Words is the request as one would type it.
func (r *Request) Words() string {
	w := []string{string(r.Verb)}
	for _, s := range []string{r.Service, r.Unit, r.Node} {
		if s != "" {
			w = append(w, s)
		}
	}
	flags := []struct {
		given bool
		text  string
	}{
		{r.Verb == Maintenance && r.On, "on"},
		{r.Verb == Maintenance && !r.On, "off"},
		{r.StopRest, "--stop"},
		{r.Pending, "--pending"},
		{r.Confirmed, "--yes"},
		{!r.Until.IsZero(), "--until " + r.Until.Format(time.RFC3339)},
		{r.Reason != "", fmt.Sprintf("--reason %q", r.Reason)},
	}
	for _, f := range flags {
		if f.given {
			w = append(w, f.text)
		}
	}
	return strings.Join(w, " ")
}
