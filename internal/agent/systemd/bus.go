package systemd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	sd "github.com/coreos/go-systemd/v22/dbus"
	"github.com/godbus/dbus/v5"
)

// Sockets of systemd: its own, which only root may use and which needs no
// message bus, and that of the bus.
const (
	privateSocket = "/run/systemd/private"
	busSocket     = "/run/dbus/system_bus_socket"
)

const (
	dialTimeout = 5 * time.Second
	redialAfter = time.Second
	signals     = 4096 // property changes that may wait; more wake everybody

	// A systemd that executes itself anew, as at an update, drops its
	// connections and takes new ones within some 100 ms.
	lostAgain = 20 * time.Millisecond
	lostFor   = 2 * time.Second
)

// Dial opens one connection to systemd's D-Bus interface.
type Dial func() (*dbus.Conn, error)

// Bus is the connection to systemd that all units share. It is made again when
// it is lost, as when systemd is updated.
type Bus struct {
	dial   Dial
	cgroup string // where systemd's root cgroup is mounted

	turn chan struct{} // holds a token while nobody dials

	mu      sync.Mutex
	conn    *sd.Conn
	waiters map[string]map[chan struct{}]bool // by unit
}

// Connect connects to the systemd of this host.
func Connect() (*Bus, error) { return ConnectTo(DialHost, "") }

// ConnectTo connects to another one. Cgroup is where its root cgroup is found;
// empty: where cgroup2 is mounted.
func ConnectTo(dial Dial, cgroup string) (*Bus, error) {
	b := &Bus{dial: dial, cgroup: cgroup, turn: make(chan struct{}, 1), waiters: make(map[string]map[chan struct{}]bool)}
	b.turn <- struct{}{}
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	_, err := b.connection(ctx)
	return b, err
}

// DialHost tries systemd's own socket, then the bus.
func DialHost() (*dbus.Conn, error) {
	conn, err := DialSocket(privateSocket, false)
	if err == nil {
		return conn, nil
	}
	conn, err2 := DialSocket(busSocket, true)
	if err2 == nil {
		return conn, nil
	}
	return nil, fmt.Errorf("%w; %w", err, err2)
}

// DialSocket connects to a socket; a message bus wants to be greeted.
func DialSocket(path string, greet bool) (*dbus.Conn, error) {
	c, err := net.DialTimeout("unix", path, dialTimeout)
	if err != nil {
		return nil, fmt.Errorf("connect to systemd at %s: %w", path, err)
	}
	_ = c.SetDeadline(time.Now().Add(dialTimeout)) // a hung process 1 accepts, and says nothing
	conn, err := dbus.NewConn(c)
	if err == nil {
		err = conn.Auth([]dbus.Auth{dbus.AuthExternal(strconv.Itoa(os.Getuid()))})
	}
	if err == nil && greet {
		err = conn.Hello()
	}
	if err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("connect to systemd at %s: %w", path, err)
	}
	return conn, c.SetDeadline(time.Time{})
}

// Close ends the connection.
func (b *Bus) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.conn != nil {
		b.conn.Close()
	}
}

// connection returns the connection, made anew if it is lost.
func (b *Bus) connection(ctx context.Context) (*sd.Conn, error) {
	select {
	case <-b.turn:
		defer func() { b.turn <- struct{}{} }()
	case <-ctx.Done():
		return nil, fmt.Errorf("connect to systemd: %w", ctx.Err())
	}
	b.mu.Lock()
	conn := b.conn
	b.mu.Unlock()
	if conn != nil && conn.Connected() {
		return conn, nil
	}
	return b.open()
}

// ask puts a question that may be put twice. If the connection breaks before
// the answer, it is put again on a new one, for lostFor at most. What systemd
// answers is never asked again, be it a refusal.
func (b *Bus) ask(ctx context.Context, question func(*sd.Conn) error) error {
	until := time.Now().Add(lostFor)
	for {
		conn, err := b.connection(ctx)
		if err == nil {
			if err = question(conn); err == nil || refused(err) || ctx.Err() != nil {
				return err
			}
			conn.Close() // a request that could not be written does not close it
		}
		if time.Now().After(until) {
			return err
		}
		select {
		case <-time.After(lostAgain):
		case <-ctx.Done():
			return err
		}
	}
}

// refused tells systemd's own answer from a failure to ask it.
func refused(err error) bool {
	var answer dbus.Error
	return errors.As(err, &answer)
}

// open connects and subscribes. What the library asks for that has no time-out, and a
// message bus takes it although process 1 hangs: who waits would wait for ever, and so
// would whoever wants a connection next.
func (b *Bus) open() (*sd.Conn, error) {
	var made []*dbus.Conn
	var late []*time.Timer
	defer func() {
		for _, t := range late {
			t.Stop()
		}
	}()
	conn, err := sd.NewConnection(func() (*dbus.Conn, error) {
		c, err := b.dial()
		if err == nil {
			made = append(made, c)
			late = append(late, time.AfterFunc(dialTimeout, func() { _ = c.Close() }))
		}
		return c, err
	})
	if err != nil {
		return nil, err
	}
	updates, full := make(chan *sd.PropertiesUpdate, signals), make(chan error, 1)
	conn.SetPropertiesSubscriber(updates, full)
	if err := conn.Subscribe(); err != nil {
		conn.Close()
		return nil, fmt.Errorf("subscribe to systemd: %w", err)
	}
	lost := make(chan struct{}, len(made))
	for _, c := range made {
		context.AfterFunc(c.Context(), func() { lost <- struct{}{} })
	}
	go b.pump(updates, full, lost)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.conn = conn
	return conn, nil
}

// pump wakes whoever waits for a unit, until the connection is lost.
func (b *Bus) pump(updates <-chan *sd.PropertiesUpdate, full <-chan error, lost <-chan struct{}) {
	for {
		select {
		case u := <-updates:
			if _, ok := u.Changed["ActiveState"]; ok {
				b.wake(u.UnitName)
			}
		case <-full:
			b.wakeAll()
		case <-lost:
			b.wakeAll()
			return
		}
	}
}

func (b *Bus) wake(unit string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	wake(b.waiters[unit])
}

func (b *Bus) wakeAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, set := range b.waiters {
		wake(set)
	}
}

func wake(set map[chan struct{}]bool) {
	for c := range set {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// subscribe returns a channel that is filled when the unit's state changes or
// could have.
func (b *Bus) subscribe(unit string) (c chan struct{}, cancel func()) {
	c = make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiters[unit] == nil {
		b.waiters[unit] = make(map[chan struct{}]bool)
	}
	b.waiters[unit][c] = true
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.waiters[unit], c)
		if len(b.waiters[unit]) == 0 {
			delete(b.waiters, unit)
		}
	}
}
