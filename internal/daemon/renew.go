package daemon

import (
	"context"
	"errors"
	"time"

	"srr/internal/identity/enrol"
	"srr/internal/ticks"
)

// renewInterval is how often it is looked whether this node's certificates are due.
const renewInterval = 10 * time.Second

// renewCertificates has them renewed by the node where the CA is, if there is one that
// can be asked. Otherwise they end, and that is an alarm long before.
func (d *Daemon) renewCertificates(ctx context.Context) {
	var next time.Time
	for range ticks.Every(ctx, renewInterval) {
		now := time.Now()
		due, left := d.identity.RenewalDue(now)
		if !due || now.Before(next) {
			continue
		}
		node, err := d.renew(ctx)
		switch {
		case err == nil:
			_, left = d.identity.RenewalDue(time.Now())
			d.log.Info("this node's certificates were renewed", "node", node, "until", now.Add(left).UTC().Format(time.DateOnly))
		case ctx.Err() == nil:
			next = now.Add(renewAgain(left))
			d.log.Warn("this node's certificates are due and were not renewed; it is tried again", "err", err, "until", now.Add(left).UTC().Format(time.DateTime))
		}
	}
}

// renewAgain is the pause after a failure: there is time for twenty more, but nobody
// is asked more often than each interval, nor less than once a day.
func renewAgain(left time.Duration) time.Duration {
	return min(max(left/20, renewInterval), 24*time.Hour)
}

var errNoCA = errors.New("no node that can be asked has the CA: srrctl ca renew node/NAME, where it is")

// renew asks one after the other who it could be, and returns who did it.
func (d *Daemon) renew(ctx context.Context) (node string, err error) {
	err = errNoCA
	for _, n := range d.consoles() {
		switch e := enrol.Renew(ctx, d.identity, n.Name, n.Console); {
		case e == nil:
			return n.Name, nil
		case !errors.Is(e, enrol.ErrElsewhere):
			err = e
		}
	}
	return "", err
}
