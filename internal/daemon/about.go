package daemon

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"srr/internal/api"
	"srr/internal/config"
	"srr/internal/frr/doctor"
)

// host says what this node is made of.
type host struct{ d *Daemon }

// About reads it.
func (h *host) About(ctx context.Context) (api.About, error) {
	d := h.d
	self := d.snapshot.Load()
	a := api.About{Node: self.Node, RouterID: self.RouterID, Certificates: d.certificates(time.Now())}
	if err := d.inLoop(ctx, func() { a.Timers = ownTimers(d.cfg) }); err != nil {
		return api.About{}, err
	}
	a.Versions = []api.Fact{{Name: "SRR", Value: d.opt.Software}, {Name: "Go", Value: runtime.Version()}}
	if v, err := doctor.ReadVersion(ctx, d.vty); err != nil {
		a.Unread = append(a.Unread, err.Error())
	} else {
		a.Versions = append(a.Versions, api.Fact{Name: "FRR", Value: v})
	}
	if v := kernel(); v != "" {
		a.Versions = append(a.Versions, api.Fact{Name: "Linux", Value: v})
	}
	timers, unread := doctor.ReadTimers(ctx, d.vty)
	for _, t := range timers {
		a.Timers = append(a.Timers, api.Fact{On: t.On, Name: t.Name, Value: t.Is})
	}
	for _, what := range slices.Sorted(maps.Keys(unread)) {
		a.Unread = append(a.Unread, what+": "+unread[what].Error())
	}
	return a, nil
}

// CheckRuns are what the checks of a service said lately.
func (h *host) CheckRuns(ctx context.Context, name string) ([]api.CheckRun, error) {
	if err := (&inspector{h.d}).known(ctx, name); err != nil {
		return nil, err
	}
	return h.d.checkRuns.list(name), nil
}

func kernel() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}

// ownTimers are those of the configuration; it is called in the loop.
func ownTimers(c *config.Config) []api.Fact {
	out := []api.Fact{
		{Name: "alone after", Value: c.Join.AloneAfter.String() + " without anybody else, a node that has started may start services"},
		{Name: "leave grace", Value: c.LeaveGrace.String() + " between the end of a record and primitive deactivate"},
		{Name: "detach for", Value: c.DetachFor.String() + " addresses stay that a detached srrd leaves"},
		{Name: "address lifetime", Value: config.AddressLifetime.String() + " addresses stay that nobody renews"},
		{Name: "min arrival", Value: c.Routing.MinArrival.String() + " is assumed of every router between two instances of an LSA"},
	}
	for i := range c.Services {
		s := &c.Services[i]
		value := "dead after " + s.DeadAfter.String() + " of silence"
		if s.HasCheck {
			value += ", checked every " + s.CheckInterval.String()
		}
		out = append(out, api.Fact{On: s.Name, Name: "service", Value: value})
	}
	return out
}

// certificates are what this node has, each with what is to be done about it.
func (d *Daemon) certificates(now time.Time) []api.Certificate {
	warnings := map[string]string{}
	for _, w := range d.identity.Warnings(now) {
		name := w.Subject[strings.LastIndexByte(w.Subject, '/')+1:]
		warnings[name] = cmp.Or(warnings[name], fmt.Sprintf("%s: %s", w.Text, w.Advice))
	}
	out := []api.Certificate{}
	for _, h := range d.identity.Holdings() {
		out = append(out, api.Certificate{
			File: h.File, Subject: h.Subject, Issuer: h.Issuer, Serial: h.Serial, Begins: h.Begins, Ends: h.Ends, Names: h.Names, Warning: warnings[h.File],
		})
	}
	return out
}
