package address_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"srr/internal/routing/address"
)

// fakeKernel does what the kernel would, prints itself as text, and keeps a
// log of the operations since the last print. Its clock is the driver's.
type fakeKernel struct {
	clock   time.Duration
	routes  map[netip.Addr]bool
	ours    map[netip.Addr]time.Duration // expiry
	foreign map[netip.Addr]string
	changed bool
	refuse  map[address.Op]error
	dumpErr error
	log     []string
}

func newFake() *fakeKernel {
	return &fakeKernel{
		routes: map[netip.Addr]bool{}, ours: map[netip.Addr]time.Duration{},
		foreign: map[netip.Addr]string{}, refuse: map[address.Op]error{},
	}
}

func (k *fakeKernel) now() time.Duration { return k.clock }

func (k *fakeKernel) advance(d time.Duration) {
	k.clock += d
	for a, end := range k.ours {
		if k.clock >= end {
			delete(k.ours, a)
			k.changed = true
		}
	}
}

func (k *fakeKernel) Dump() (address.Snapshot, error) {
	s := address.Snapshot{Routes: map[netip.Addr]bool{}, Addresses: map[netip.Addr]address.Assigned{}}
	for a := range k.routes {
		s.Routes[a] = true
	}
	for a := range k.ours {
		s.Addresses[a] = address.Assigned{Ours: true}
	}
	for a, where := range k.foreign {
		s.Addresses[a] = address.Assigned{Ours: s.Addresses[a].Ours, Foreign: where}
	}
	return s, k.dumpErr
}

func (k *fakeKernel) Apply(ops []address.Op) []error {
	errs := make([]error, len(ops))
	for i, op := range ops {
		k.log = append(k.log, fmt.Sprintf("%s %s", op.Action, op.Addr))
		if errs[i] = k.refuse[op]; errs[i] != nil {
			continue
		}
		switch op.Action {
		case address.Withdraw:
			delete(k.ours, op.Addr)
		case address.Disown:
			delete(k.routes, op.Addr)
		case address.Own:
			k.routes[op.Addr] = true
		case address.Announce:
			k.ours[op.Addr] = k.clock + 5*time.Second
		}
	}
	return errs
}

func (k *fakeKernel) Changed() bool {
	was := k.changed
	k.changed = false
	return was
}

func (k *fakeKernel) Close() error { return nil }

// String is the kernel as text; done is the log.
func (k *fakeKernel) String() string {
	var lines []string
	for a := range k.routes {
		lines = append(lines, fmt.Sprintf("local %s", a))
	}
	for a, end := range k.ours {
		lines = append(lines, fmt.Sprintf("addr %s %v", a, end-k.clock))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func (k *fakeKernel) done() string {
	all := strings.Join(k.log, "\n")
	k.log = nil
	return all
}

var errRefused = errors.New("refused")

func want(t *testing.T, what, got, want string) {
	t.Helper()
	want = strings.TrimSpace(strings.ReplaceAll(want, "\t", ""))
	if got != want {
		t.Errorf("%s:\n%s\nwant:\n%s", what, got, want)
	}
}
