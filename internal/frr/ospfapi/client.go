package ospfapi

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

// DefaultTimeout bounds each request whose context has no earlier deadline.
const DefaultTimeout = 3 * time.Second

// Client is a connection to one ospfd. Its methods may be used by several
// goroutines at once.
type Client struct {
	sync, async *net.TCPConn
	timeout     time.Duration

	mu      sync.Mutex // owns what follows, and the order of writes
	seq     uint32
	waiting map[uint32]func(error)
	err     error
	done    chan struct{}
}

// Options of Dial.
type Options struct {
	Server  netip.AddrPort // default 127.0.0.1:2607
	Timeout time.Duration  // of the connection and of each request; default DefaultTimeout
}

// Dial connects to ospfd. Notifications are handed to sink, in order, by one
// goroutine; sink must not block for long, or ospfd buffers them in its memory.
// After Done is closed sink is not called any more.
func Dial(ctx context.Context, o Options, sink func(Notification)) (*Client, error) {
	if !o.Server.IsValid() {
		o.Server = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), Port)
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	s, a, err := connect(ctx, o.Server)
	if err != nil {
		return nil, err
	}
	c := &Client{
		sync: s, async: a, timeout: o.Timeout,
		// A random start, so that who sits on the asynchronous connection in
		// ospfd's place cannot guess what a sync is answered with.
		seq:     rand.Uint32N(1 << 30),
		waiting: map[uint32]func(error){}, done: make(chan struct{}),
	}
	var readers sync.WaitGroup
	readers.Go(func() { c.fail(c.readReplies()) })
	readers.Go(func() { c.fail(c.readNotifications(sink)) })
	go func() {
		readers.Wait()
		close(c.done)
	}()
	return c, nil
}

// Done is closed when the connection is lost or closed, after the last call of
// sink. The loss of either TCP connection ends both.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err returns why the connection ended, nil as long as it has not.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// ErrClosed is Err after Close.
var ErrClosed = errors.New("connection closed")

// Close ends the connection; ospfd then flushes everything that it originated.
// It does not wait for Done, so sink may call it.
func (c *Client) Close() error {
	c.fail(ErrClosed)
	return nil
}

// fail ends the connection for the first reason given.
func (c *Client) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = err
	c.sync.Close()
	c.async.Close()
	for seq, answered := range c.waiting {
		delete(c.waiting, seq)
		answered(err)
	}
}

func (c *Client) readReplies() error {
	r := bufio.NewReader(c.sync)
	for {
		m, err := readMessage(r)
		if err != nil {
			return fmt.Errorf("read reply: %w", err)
		}
		if m.kind != MsgReply || len(m.body) < 1 {
			return fmt.Errorf("read reply: unexpected %s of %d bytes", m.kind, len(m.body))
		}
		c.answer(m.seq, Error(int8(m.body[0])))
	}
}

func (c *Client) answer(seq uint32, code Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	answered, ok := c.waiting[seq]
	if !ok {
		return // whoever asked has given up
	}
	delete(c.waiting, seq)
	if code == 0 {
		answered(nil)
	} else {
		answered(code)
	}
}

func (c *Client) readNotifications(sink func(Notification)) error {
	r := bufio.NewReaderSize(c.async, 64<<10)
	for {
		m, err := readMessage(r)
		if err != nil {
			return fmt.Errorf("read notification: %w", err)
		}
		if n := parseNotification(m); n != nil {
			sink(n)
		}
	}
}

// errEOF replaces io.EOF, which says little to an operator.
var errEOF = errors.New("ospfd closed the connection")

func readMessage(r io.Reader) (message, error) {
	var h [headerSize]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errEOF
		}
		return message{}, err
	}
	if h[0] != Version {
		return message{}, fmt.Errorf("version %d, want %d", h[0], Version)
	}
	m := message{kind: MsgType(h[1]), seq: binary.BigEndian.Uint32(h[4:])}
	m.body = make([]byte, binary.BigEndian.Uint16(h[2:]))
	if _, err := io.ReadFull(r, m.body); err != nil {
		return message{}, fmt.Errorf("body of %s: %w", m.kind, err)
	}
	return m, nil
}

// Request is a question to ospfd, ready to be sent.
type Request struct {
	kind MsgType
	body []byte
}

// Post sends a request without waiting for the reply, so that ospfd finds the
// next one while it answers this one. Replies come in the order of the requests;
// answered is called with each, or once the connection is lost, by another
// goroutine: it must neither block nor call the client. It is not called if Post
// returns an error. How long a reply may take is the caller's to watch.
func (c *Client) Post(r Request, answered func(error)) (seq uint32, err error) {
	seq, err = c.send(time.Now().Add(c.timeout), r, func(err error) {
		if err != nil {
			err = fmt.Errorf("%s: %w", r.kind, err)
		}
		answered(err)
	})
	if err != nil {
		err = fmt.Errorf("%s: %w", r.kind, err)
	}
	return seq, err
}

// request sends one message and waits for its reply. The sequence number is
// returned also with an error.
func (c *Client) request(ctx context.Context, kind MsgType, body []byte) (uint32, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	deadline, _ := ctx.Deadline()
	reply := make(chan error, 1)
	seq, err := c.send(deadline, Request{kind, body}, func(err error) { reply <- err })
	if err != nil {
		return seq, fmt.Errorf("%s: %w", kind, err)
	}
	select {
	case err := <-reply:
		if err != nil {
			return seq, fmt.Errorf("%s: %w", kind, err)
		}
		return seq, nil
	case <-ctx.Done():
		c.mu.Lock()
		delete(c.waiting, seq)
		c.mu.Unlock()
		return seq, fmt.Errorf("%s: no reply from ospfd: %w", kind, context.Cause(ctx))
	}
}

// send writes a message with a single system call: ospfd blocks as a whole
// while it waits for the rest of one.
func (c *Client) send(deadline time.Time, r Request, answered func(error)) (uint32, error) {
	if len(r.body) == 0 {
		r.body = make([]byte, 4) // an empty body aborts ospfd
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, c.err
	}
	if c.seq++; c.seq > 1<<31-1 {
		c.seq = 1
	}
	m := message{r.kind, c.seq, r.body}
	c.sync.SetWriteDeadline(deadline)
	if n, err := c.sync.Write(m.marshal()); err != nil {
		if n > 0 {
			// Half a message is out, and nothing can follow it.
			c.sync.Close()
		}
		return c.seq, err
	}
	c.waiting[c.seq] = answered
	return c.seq, nil
}
