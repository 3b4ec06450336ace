package ospf

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"net/netip"
	"time"

	"srr/internal/frr/ospfapi"
)

// Advertisement is an LSA of any type as ospfd has it.
type Advertisement struct {
	Raw    []byte // header and body, RFC 2328 A.4; owned by who gets it
	Area   uint32 // 0 for types 5 and 11
	IfAddr uint32 // of type 9: the interface's IPv4 address
	Self   bool   // originated by this router
}

// Viewer is shown the link-state database. Browser calls it from one goroutine.
type Viewer interface {
	// Reset: forget everything; what there is follows.
	Reset()
	// Update: an LSA is there. The answer to a sync includes those that are
	// being flushed, at age MaxAge.
	Update(Advertisement)
	// Delete: an LSA left, or an Update of the same LSA follows at once.
	Delete(Advertisement)
}

// BrowserOptions of NewBrowser.
type BrowserOptions struct {
	Address netip.AddrPort // of ospfd's API; default 127.0.0.1:2607
	Types   uint16         // ospfapi.TypeMask; default all
	Retry   time.Duration  // pause between attempts to connect; default 1 s
	Resync  time.Duration  // how often everything is read again; default 1 min
	// Large reads the LSAs that are too large for the API, all of them; what it
	// returns with an error counts. Asked with each resync. Default: none are read.
	Large func(context.Context) ([]Advertisement, error)
	Log   *slog.Logger // default: none
}

// Browser is a second connection to ospfd, which only looks, at every type of
// LSA, for the console and the map. Nothing depends on it, because it is not
// reliable: FRR 8.4.4 cannot send a router LSA with more than about 120 links
// over its API, and drops the notifications that stand behind it. What was
// missed comes with the next Resync; the large LSA itself never does, and is
// read in another way, see Large.
type Browser struct {
	o    BrowserOptions
	view Viewer
	sync chan struct{}
	// large is what was shown of Large, by identity, and why the last one failed.
	large   map[identity]Advertisement
	refused string
}

// identity of an LSA: its area, and type, ID and router of its header.
type identity struct {
	area uint32
	lsa  [9]byte
}

func (a *Advertisement) identity() identity {
	return identity{a.Area, [9]byte(a.Raw[3:12])}
}

// NewBrowser prepares a browser; Run does everything.
func NewBrowser(o BrowserOptions, view Viewer) *Browser {
	if !o.Address.IsValid() {
		o.Address = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), ospfapi.Port)
	}
	o.Types = cmp.Or(o.Types, ospfapi.AllTypes)
	o.Retry = cmp.Or(o.Retry, time.Second)
	o.Resync = cmp.Or(o.Resync, time.Minute)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Browser{o: o, view: view, sync: make(chan struct{}, 1)}
}

// Sync asks for everything to be read again soon.
func (b *Browser) Sync() {
	select {
	case b.sync <- struct{}{}:
	default:
	}
}

// Run connects and stays connected until ctx ends. It opens its sockets in the
// network namespace of the calling thread.
func (b *Browser) Run(ctx context.Context) {
	last := ""
	for {
		err := b.look(ctx)
		if ctx.Err() != nil {
			return
		}
		if err.Error() != last {
			b.o.Log.Warn("cannot look at the link-state database", "err", err)
		}
		last = err.Error()
		select {
		case <-ctx.Done():
			return
		case <-time.After(b.o.Retry):
		}
	}
}

// look is one connection. The error is never nil.
func (b *Browser) look(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	notes := make(chan ospfapi.Notification, queueSize)
	api, err := ospfapi.Dial(ctx, ospfapi.Options{Server: b.o.Address}, func(n ospfapi.Notification) {
		select {
		case notes <- n:
		case <-ctx.Done():
		}
	})
	if err != nil {
		return err
	}
	defer func() {
		api.Close()
		cancel()
		<-api.Done()
	}()
	b.view.Reset()
	b.large = map[identity]Advertisement{}
	filter := ospfapi.Filter{Types: b.o.Types, Origin: ospfapi.AnyOrigin}
	if err := api.RegisterEvent(ctx, filter); err != nil {
		return err
	}
	tick := time.NewTicker(b.o.Resync)
	defer tick.Stop()
	b.Sync()
	for {
		select {
		case n := <-notes:
			b.show(n)
			continue
		case <-api.Done():
			return api.Err()
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		case <-b.sync:
		}
		if _, err := api.SyncLSDB(ctx, filter); err != nil {
			return err
		}
		b.showLarge(ctx)
	}
}

// showLarge shows what the API does not carry. Nobody tells when it goes: it is
// gone when it is not read any more.
func (b *Browser) showLarge(ctx context.Context) {
	if b.o.Large == nil {
		return
	}
	all, err := b.o.Large(ctx)
	why := ""
	if err != nil && ctx.Err() == nil {
		if why = err.Error(); why != b.refused {
			b.o.Log.Warn("cannot read large LSAs", "err", err)
		}
	}
	b.refused = why
	gone := maps.Clone(b.large)
	for _, a := range all {
		delete(gone, a.identity())
		b.large[a.identity()] = a
		b.view.Update(a)
	}
	if err != nil {
		return // one that was there may be among those that were not read
	}
	for k, a := range gone {
		delete(b.large, k)
		b.view.Delete(a)
	}
}

func (b *Browser) show(n ospfapi.Notification) {
	switch n := n.(type) {
	case ospfapi.LSAUpdate:
		b.view.Update(Advertisement{n.LSA.Raw, n.Area, n.IfAddr, n.Self})
	case ospfapi.LSADelete:
		b.view.Delete(Advertisement{n.LSA.Raw, n.Area, n.IfAddr, n.Self})
	}
}
