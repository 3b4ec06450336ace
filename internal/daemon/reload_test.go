package daemon

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"srr/internal/api"
	"srr/internal/config"
	"srr/internal/node"
	"srr/internal/ospf/packet"
)

// TestReloadWhileOthersRead: goroutines beside the loop take what they need of the
// configuration from the loop. The race detector says if one does not.
func TestReloadWhileOthersRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &config.Config{Cluster: "c", RouterID: 1}
		d := &Daemon{requests: make(chan func()), ended: make(chan struct{}), lsdb: newBrowser(c, nil, nil, nil)}
		d.use(c)
		d.core = node.New(d.now(), node.Options{Cluster: "c", Name: "n1", RouterID: 1})
		d.lsdb.Update(routerLSA(packet.TypeRouter, 0x80000001, 1))
		go func() {
			for f := range d.requests {
				f()
				d.use(&config.Config{Cluster: "c", RouterID: 1})
			}
		}()
		defer close(d.requests)
		if _, err := (&inspector{d}).reachability(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestWhatAStartNeeds: no service that becomes inactive puts into force what only a
// start of srrd does, so nothing waits for that.
func TestWhatAStartNeeds(t *testing.T) {
	for _, pending := range []bool{false, true} {
		d := &Daemon{}
		d.use(&config.Config{Cluster: "c", Name: "n1", RouterID: 1})
		d.core = node.New(d.now(), node.Options{Cluster: "c", Name: "n1", RouterID: 1})
		_, err := d.adopt(&config.Config{Cluster: "c", Name: "n2", RouterID: 1}, pending)
		if r, ok := errors.AsType[*api.Refusal](err); !ok || !strings.Contains(r.Advice, "restart srrd") || len(r.List) != 1 || d.pending != nil {
			t.Errorf("pending %t: %v, waiting %v", pending, err, d.pending)
		}
	}
}
