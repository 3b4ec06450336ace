// Package watchertest is many browsers that look at the console, in a process of their
// own: what they cost is not what they cost the node, and in truth they are elsewhere.
package watchertest

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// asked, in the environment, makes a test's program the browsers.
const asked = "SRR_TEST_WATCHERS"

// Main does not return if the program is to be the browsers. TestMain must call it.
func Main() {
	if os.Getenv(asked) == "" {
		return
	}
	if err := watch(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Order is what the browsers are told.
type Order struct {
	URL, View string
	Server    string // name in the server's certificate; "": that of the URL
	Count     int
	From      []net.IP // the addresses that they come from, in turn
	// CA, Cert and Key are what they trust and who they are, DER.
	CA, Cert, Key []byte
}

// As fills in who they are.
func (o *Order) As(ca *x509.Certificate, user tls.Certificate) error {
	key, err := x509.MarshalPKCS8PrivateKey(user.PrivateKey)
	o.CA, o.Cert, o.Key = ca.Raw, user.Certificate[0], key
	return err
}

// Watchers are browsers that look.
type Watchers struct {
	t      testing.TB
	end    func()
	gone   chan struct{}
	rounds chan struct{}
	failed atomic.Pointer[string]
}

// Start has them look until the test ends or they Leave. The command line before is
// what runs their program; it may be empty.
func Start(t testing.TB, o Order, before ...string) *Watchers {
	t.Helper()
	order, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	argv := append(before, os.Args[0])
	c := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	c.Env = append(os.Environ(), asked+"=1")
	c.Stdin = strings.NewReader(string(order))
	var stderr strings.Builder
	c.Stderr = &stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	w := &Watchers{t: t, gone: make(chan struct{}), rounds: make(chan struct{}, 1<<16)}
	w.end = func() { _ = c.Process.Kill() }
	go func() {
		defer close(w.gone)
		for one := make([]byte, 1); ; w.rounds <- struct{}{} {
			if _, err := io.ReadFull(out, one); err != nil {
				break
			}
		}
		_ = c.Wait()
		why := stderr.String()
		w.failed.Store(&why)
	}()
	t.Cleanup(w.Leave)
	return w
}

// Wait returns when as many messages have come as there are browsers, once more.
func (w *Watchers) Wait() {
	w.t.Helper()
	select {
	case <-w.rounds:
	case <-w.gone:
		w.t.Fatal("the watchers have gone: ", *w.failed.Load())
	case <-time.After(time.Minute):
		w.t.Fatal("not everybody got a message within a minute")
	}
}

// Rounds is how often Wait would return at once.
func (w *Watchers) Rounds() int { return len(w.rounds) }

// Leave ends them.
func (w *Watchers) Leave() {
	w.end()
	<-w.gone
}

// watch is the other process: it writes a byte for as many messages as there are
// browsers.
func watch(from io.Reader, to io.Writer) error {
	var o Order
	if err := json.NewDecoder(from).Decode(&o); err != nil {
		return err
	}
	config, err := o.config()
	if err != nil {
		return err
	}
	var messages atomic.Int64
	ended := make(chan error)
	for i := range o.Count {
		resp, err := o.open(config, i)
		if err != nil {
			return fmt.Errorf("watcher %d: %w", i, err)
		}
		go func() {
			ended <- each(resp.Body, func() {
				if messages.Add(1)%int64(o.Count) == 0 {
					_, _ = to.Write([]byte{'.'})
				}
			})
		}()
	}
	return <-ended
}

func (o *Order) config() (*tls.Config, error) {
	key, err := x509.ParsePKCS8PrivateKey(o.Key)
	if err != nil {
		return nil, err
	}
	ca, err := x509.ParseCertificate(o.CA)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	return &tls.Config{RootCAs: pool, ServerName: o.Server, Certificates: []tls.Certificate{{Certificate: [][]byte{o.Cert}, PrivateKey: key}}}, nil
}

// open is a connection of its own, as each browser has one.
func (o *Order) open(config *tls.Config, i int) (*http.Response, error) {
	dial := &net.Dialer{LocalAddr: &net.TCPAddr{IP: o.From[i%len(o.From)]}}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DialContext: dial.DialContext}}
	r, err := http.NewRequest(http.MethodGet, o.URL+"/live?view="+o.View, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "text/event-stream")
	var resp *http.Response
	for range 3 { // a handshake may last longer than it may, where tests take every processor
		if resp, err = client.Do(r); err == nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New(resp.Status)
	}
	return resp, nil
}

// each tells of each message of a stream.
func each(from io.Reader, tell func()) error {
	lines := bufio.NewReaderSize(from, 1<<16)
	for {
		line, err := lines.ReadSlice('\n')
		if strings.HasPrefix(string(line), "data: ") {
			tell()
		}
		if err != nil && err != bufio.ErrBufferFull {
			return err
		}
	}
}
