package identity

import (
	"crypto/x509"
	"time"
)

// Warning is something that will stop working, or did.
type Warning struct {
	Subject string    // the file
	Text    string    // what is wrong
	At      time.Time // when it stops working
	Advice  string    // the way out
}

// How long before the end warnings begin.
const (
	warnNode = 30 * 24 * time.Hour
	warnCA   = 180 * 24 * time.Hour // every certificate must be issued anew
)

// EndsSoon reports whether it is time for a user to have another certificate.
func EndsSoon(c *x509.Certificate, now time.Time) bool {
	return !now.Before(c.NotAfter.Add(-warnBefore(c)))
}

// warnBefore is how long before its end a warning begins about a certificate of a
// node or a user: well after it is due to be renewed, also if its life is short.
func warnBefore(c *x509.Certificate) time.Duration {
	return min(warnNode, c.NotAfter.Sub(c.NotBefore)/6)
}

// Warnings lists what ends soon or has ended, the files in order.
func (s *Store) Warnings(now time.Time) []Warning {
	m := s.current.Load()
	var ws []Warning
	until := func(name string, end time.Time, before time.Duration, advice string) {
		if end.IsZero() || now.Before(end.Add(-before)) {
			return
		}
		word := "ends on "
		if !now.Before(end) {
			word = "ended on "
		}
		ws = append(ws, Warning{s.path(name), word + end.UTC().Format("2006-01-02"), end, advice})
	}
	renew := "where the CA is: srrctl ca renew node/" + s.o.Node
	for _, c := range m.cluster {
		until(FileCA, c.NotAfter, warnCA, "srrctl ca init in another directory; then see docs/operating.md, replacing the CA")
	}
	if m.node != nil {
		until(FileNode, m.node.Leaf.NotAfter, warnBefore(m.node.Leaf), renew)
	}
	if m.records != nil {
		until(FileRecords, m.records.Certificate.NotAfter, warnBefore(m.records.Certificate), renew)
	}
	for _, l := range m.lists {
		until(FileLists, l.NextUpdate, warnNode, "where the CA is: srrctl ca crl, and copy it to every node")
	}
	if m.node != nil && m.revokedOwn {
		ws = append(ws, Warning{s.path(FileNode), "was revoked: nobody accepts this node", now, "srrctl ca issue node " + s.o.Node})
	}
	return ws
}

// tellWarnings logs each warning when it begins and once a day.
func (s *Store) tellWarnings(now time.Time, told map[string]time.Time) {
	for _, w := range s.Warnings(now) {
		key := w.Subject + w.Text
		if last := told[key]; !last.IsZero() && now.Sub(last) < 24*time.Hour {
			continue
		}
		told[key] = now
		s.o.Log.Warn("a certificate needs attention", "path", w.Subject, "why", w.Text, "do", w.Advice)
	}
}
