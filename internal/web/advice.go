package web

import (
	"strings"

	"srr/internal/api"
	"srr/internal/identity"
)

// The advice with a problem ends with a command of srrctl. Where that is a verb, the
// console leads to the page that asks for it: at three in the morning that is less
// to type.

// adviceLink is the way to what is advised; nil if that is no verb, or the user may
// not.
func adviceLink(v *visit, p *api.Problem) *verbLink {
	_, command, ok := strings.Cut(p.Advice, "srrctl ")
	if !ok || v.user.Role < identity.Operator {
		return nil
	}
	if _, last, two := strings.Cut(command, "srrctl "); two { // the first one looks, the second one does
		command = last
	}
	words := strings.Fields(command)
	if len(words) == 0 {
		return nil
	}
	r := api.Request{Verb: api.Verb(words[0])}
	switch args := words[1:]; {
	case r.Verb == api.Run && len(args) == 1:
		r.Unit = args[0]
	case (r.Verb == api.Clear || r.Verb == api.Activate) && len(args) == 1:
		r.Service = args[0]
	case r.Verb == api.ConfirmStopped && len(args) == 2:
		r.Node, r.Service = args[0], args[1]
	case r.Verb == api.Undrain && len(args) == 0, r.Verb == api.Maintenance && len(args) == 1 && args[0] == "off":
	default:
		return nil
	}
	link := linkTo(r)
	if r.Verb == api.Maintenance {
		link.Title = "End maintenance"
	}
	if at := adviceNode(v, p); at != "" && r.Unit == "" && r.Verb != api.ConfirmStopped {
		link.Path += "&at=" + at
	}
	return &link
}

// adviceNode is the node that a problem is on: that of its subject, "node n2", or
// of its text, "on n2: …".
func adviceNode(v *visit, p *api.Problem) string {
	_, name, ok := strings.Cut(p.Subject, "node ")
	if !ok {
		rest, on := strings.CutPrefix(p.Text, "on ")
		if name, _, ok = strings.Cut(rest, ":"); !on || !ok {
			return ""
		}
	}
	n, err := v.snap.FindNode(name)
	if err != nil {
		return ""
	}
	return n.RouterID.String()
}
