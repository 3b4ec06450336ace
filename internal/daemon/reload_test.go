package daemon

import (
	"testing"
	"testing/synctest"

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
