package daemon

import (
	"time"

	"srr/internal/api"
	"srr/internal/journal"
	"srr/internal/node"
)

// report writes what happened to log and journal and has the state published.
func (d *Daemon) report() {
	es := d.core.TakeEvents()
	for _, e := range es {
		d.logEvent(e)
		d.legs.note(e)
	}
	d.lookAtLegs()
	d.publishSoon(len(es) > 0)
}

// logEvent writes one event: each change of state makes exactly one line in
// the log and one entry in the journal.
func (d *Daemon) logEvent(e node.Event) {
	j := journal.Event{Time: e.At.Wall, Node: d.cfg.Name, Reason: string(e.Reason), Detail: e.Detail}
	switch e.Kind {
	case node.EventState:
		j.Service, j.From, j.To = e.Subject, e.From.String(), e.To.String()
		d.log.Info("state", "service", e.Subject, "from", j.From, "to", j.To, "why", j.Reason, "detail", e.Detail)
	case node.EventCall:
		j.Service, j.From, j.To = e.Subject, e.From.String(), e.To.String()
		d.log.Info("action", "service", e.Subject, "why", j.Reason, "detail", e.Detail)
	case node.EventPeer:
		j.Reason = "node " + e.Subject
		d.log.Info("peer", "neighbor", e.Subject, "why", e.Detail)
	case node.EventNode:
		d.log.Info("node", "node", e.Subject, "why", j.Reason, "detail", e.Detail)
	case node.EventIntent:
		if d.core.Configured(e.Subject) {
			j.Service = e.Subject
		}
		j.Detail = e.Subject + ": " + e.Detail
		d.log.Info("intent", "service", e.Subject, "why", j.Reason, "detail", e.Detail)
	case node.EventAlarm:
		j.Reason = "alarm " + e.Subject
		if e.Detail == "" {
			j.Reason += " is over"
			d.log.Info("alarm is over", "what", e.Subject)
		} else {
			d.log.Warn("alarm", "what", e.Subject, "why", e.Detail)
		}
	}
	d.events.Append(j)
}

// tookOver writes down how long each leg of a start took.
func (d *Daemon) tookOver(service string, t *takeover) {
	d.log.Info("took over", "service", service, "detail", t.String())
	d.events.Append(journal.Event{Time: time.Now(), Node: d.cfg.Name, Service: service, Reason: "took over", Detail: t.String()})
}

// audit writes down a change that somebody asked for: in the log, and in the
// journal. It is called by the goroutines of the API.
func (d *Daemon) audit(a api.Deed) {
	d.log.Info("command", "from", a.Caller.Name+" ("+a.Caller.Via+") "+a.Caller.From, "what", a.What, "service", a.Service, "result", a.Result)
	d.events.Append(journal.Event{Time: time.Now(), Node: d.snapshot.Load().Node, Service: a.Service, Reason: auditReason, Detail: a.String()})
}

// auditReason begins the entries of the audit trail in the journal.
const auditReason = "command"
