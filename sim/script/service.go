package script

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"srr/internal/service"
)

// definition is a service as a line defines it: on which machines, and what is
// different on each.
type definition struct {
	spec       service.Spec
	hosts      []string       // nil: all
	preference map[string]int // where it is not the default
	digest     map[string]byte
}

// on returns the service as configured on a machine.
func (d *definition) on(name string) (service.Spec, bool) {
	if d.hosts != nil && !slices.Contains(d.hosts, name) {
		return service.Spec{}, false
	}
	s := d.spec
	if p, ok := d.preference[name]; ok {
		s.Preference = p
	}
	s.Digest[0] ^= d.digest[name]
	return s, true
}

// define reads `service NAME option…`. The defaults are those of the
// configuration, the options those of the scenarios of internal/node.
func (w *World) define(l Line) error {
	if len(l.Words) < 2 {
		return fmt.Errorf("service: which?")
	}
	name := l.Words[1]
	d := &definition{spec: defaults(name, len(w.services)), preference: map[string]int{}, digest: map[string]byte{}}
	for _, flag := range l.Words[2:] {
		if err := d.flag(flag); err != nil {
			return err
		}
	}
	for _, o := range l.Options {
		if err := d.option(o); err != nil {
			return err
		}
	}
	d.settle(w)
	w.services = append(w.services, d)
	slices.SortFunc(w.services, func(a, b *definition) int { return strings.Compare(a.spec.Name, b.spec.Name) })
	return nil
}

// settle derives what the configuration derives: what depends on a resource is
// released when its stop was verified, and never by itself.
func (d *definition) settle(w *World) {
	s := &d.spec
	for _, dep := range s.DependsOn {
		for _, o := range w.services {
			if o.spec.Name == dep && o.spec.Release == service.ReleaseVerified {
				s.Release, s.DeadAfter = service.ReleaseVerified, 0
			}
		}
	}
	sum := sha256.Sum256([]byte(s.Name))
	copy(s.Digest[:], sum[:])
}

func defaults(name string, n int) service.Spec {
	s := service.Spec{
		Name: name, Preference: 100, Restarts: 3, RestartWindow: 10 * time.Minute,
		FailureTimeout: 10 * time.Minute, FailureMax: 2 * time.Hour, DeadAfter: 7 * time.Second,
		Addresses: []netip.Addr{netip.AddrFrom4([4]byte{10, 71, byte(n >> 8), byte(n)})},
	}
	for p := range s.Primitives {
		s.Primitives[p] = true
		s.Timeout[p] = 30 * time.Second
	}
	s.Timeout[service.Start] = time.Minute
	for _, p := range []service.Primitive{service.Join, service.Leave, service.Failed, service.Status} {
		s.Primitives[p] = false
	}
	return s
}

func (d *definition) flag(flag string) error {
	s := &d.spec
	switch flag {
	case "resource":
		s.Addresses, s.Release, s.DeadAfter = nil, service.ReleaseVerified, 0
	case "verified":
		s.Release, s.DeadAfter = service.ReleaseVerified, 0
	case "critical":
		s.Critical = true
	case "address-only":
		s.Primitives = [service.NumPrimitives]bool{}
	case "no-restart":
		s.Primitives[service.Restart] = false
	case "joins":
		s.Primitives[service.Join], s.Primitives[service.Leave], s.Primitives[service.Failed] = true, true, true
	case "check":
		s.HasCheck, s.CheckInterval, s.UnknownTimeout = true, 10*time.Second, 5*time.Minute
	case "manual":
		s.Activation = service.ActivateManual
	case "disabled":
		s.Activation = service.ActivateDisabled
	default:
		return fmt.Errorf("service %s: no option %q", s.Name, flag)
	}
	return nil
}

func (d *definition) option(o Option) (err error) {
	s := &d.spec
	switch o.Key {
	case "group":
		s.Group = o.Value
	case "deps":
		s.DependsOn = strings.Split(o.Value, ",")
	case "on":
		d.hosts = strings.Split(o.Value, ",")
	case "pref":
		return d.preferences(o.Value)
	case "differs":
		for i, h := range strings.Split(o.Value, ",") {
			d.digest[h] = byte(i + 1)
		}
	case "restarts":
		s.Restarts, err = number(o.Value)
	case "priority":
		s.Priority, err = number(o.Value)
	case "keep":
		s.OnMediumLoss, err = duration(o.Value)
	case "unknown":
		s.UnknownTimeout, err = duration(o.Value)
	case "failure-timeout":
		s.FailureTimeout, err = duration(o.Value)
	default:
		return fmt.Errorf("service %s: no option %q", s.Name, o.Key)
	}
	return err
}

func (d *definition) preferences(list string) error {
	for _, p := range strings.Split(list, ",") {
		h, v, ok := strings.Cut(p, ":")
		n, err := number(v)
		if !ok || err != nil {
			return fmt.Errorf("service %s: preference %q: want HOST:NUMBER", d.spec.Name, p)
		}
		d.preference[h] = n
	}
	return nil
}
