package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"time"

	"srr/internal/api"
	"srr/internal/config"
	"srr/internal/notify"
)

// lastNotices is how long a daemon that ends waits for the last of them.
const lastNotices = 4 * time.Second

func (d *Daemon) openNotices() {
	d.notices = notify.New(func() api.Snapshot { return *d.snapshot.Load() }, d.log)
	d.notices.Set(noticeRoutes(d.cfg))
}

// adoptNotices leaves the sinks alone if nothing has changed: what they are about
// to deliver goes on.
func (d *Daemon) adoptNotices(was []config.Notify) {
	if !reflect.DeepEqual(was, d.cfg.Notify) {
		d.notices.Set(noticeRoutes(d.cfg))
	}
}

func noticeRoutes(c *config.Config) []notify.Route {
	var out []notify.Route
	for i := range c.Notify {
		n := &c.Notify[i]
		r := notify.Route{Name: n.String(), Sink: noticeSink(n, c.Name)}
		for _, e := range n.On {
			r.On = append(r.On, notify.Event(e))
		}
		out = append(out, r)
	}
	return out
}

func noticeSink(n *config.Notify, name string) notify.Sink {
	switch {
	case n.Webhook != nil:
		return &notify.Webhook{URL: n.Webhook.URL, TokenFile: n.Webhook.TokenFile, CAFile: n.Webhook.CAFile}
	case n.Mail != nil:
		m := n.Mail
		host, _ := os.Hostname()
		return &notify.Mail{
			Server: m.Server, TLS: m.TLS, CAFile: m.CAFile, From: m.From, To: m.To,
			User: m.User, PasswordFile: m.PasswordFile, Hello: cmp.Or(host, name),
		}
	}
	return &notify.Command{Argv: n.Command}
}

// testWithin bounds what one sink may take in a test.
const testWithin = 10 * time.Second

// TestNotices sends a test notice through every sink of the configuration at path
// and prints what each said. The error says how many failed.
func TestNotices(ctx context.Context, path string, out io.Writer) error {
	c, err := config.Load(path, Prober{})
	if err != nil {
		return &ConfigError{Path: path, Err: err}
	}
	routes := noticeRoutes(c)
	if len(routes) == 0 {
		return errors.New("send a test notice: the configuration has no section notify")
	}
	failed := 0
	for _, r := range routes {
		ctx, cancel := context.WithTimeout(ctx, testWithin)
		said, err := r.Sink.Send(ctx, notify.TestMessage(c.Cluster, c.Name, c.RouterID.String(), time.Now()))
		cancel()
		if err != nil {
			failed++
			said = "FAILED: " + err.Error()
		}
		fmt.Fprintf(out, "%s: %s\n", r.Name, said)
	}
	if failed > 0 {
		return fmt.Errorf("send a test notice: %d of %d failed", failed, len(routes))
	}
	return nil
}
