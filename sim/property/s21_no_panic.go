package property

import "srr/sim/host"

// noPanic is S21: nothing breaks, and the loop of a daemon comes to rest.
type noPanic struct{}

func (noPanic) see(e *host.Effect) string {
	if e.Kind == host.Broken {
		return e.Host.Name + ": " + e.Text
	}
	return ""
}
