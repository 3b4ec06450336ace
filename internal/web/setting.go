package web

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"

	"srr/internal/api"
	"srr/internal/identity"
)

// settingData is the form in which an administrator configures a routing daemon: one
// line, in one place of its configuration.
type settingData struct {
	Places              []string
	Daemon, Place, Line string
	Done                bool
	Refused             string
}

// settingOf is the empty form, for who may use it.
func settingOf(v *visit) *settingData {
	if v.user.Role < identity.Administrator {
		return nil
	}
	return &settingData{Places: settingPlaces(), Daemon: "ospfd"}
}

const anywhere = "top level"

// settingPlaces are where a line can go: what opens them is sent to the daemon before it.
func settingPlaces() []string {
	out := []string{anywhere, "router ospf", "bfd"}
	all, err := net.Interfaces()
	if err != nil {
		return out // the page is of use without them
	}
	for i := range all {
		if name := all[i].Name; checkLine(name) == nil && !strings.ContainsAny(name, " |>;") {
			out = append(out, "interface "+name)
		}
	}
	return out
}

// routingSet gives a line to a daemon. What is in force changes, and no file.
func (s *Server) routingSet(v *visit) (page, error) {
	if err := s.readForm(v); err != nil {
		return page{}, err
	}
	f := v.r.PostForm
	set := settingOf(v)
	set.Daemon, set.Place, set.Line = f.Get("daemon"), f.Get("place"), strings.TrimSpace(f.Get("line"))
	err := s.set(v, set)
	set.Done = err == nil
	shown, result := discreet(set.Line), "accepted"
	if err != nil {
		set.Refused, result = err.Error(), "refused"
		if shown == set.Line {
			result += ": " + set.Refused
		}
	}
	what := "configure " + cut(set.Daemon, 16) + ", " + cut(set.Place, 32) + ": " + cut(shown, maxCommand)
	s.opt.API.Written(v.ctx, api.Deed{What: what, Result: cut(result, 300)})
	d := routingData{Daemons: daemons, Daemon: "ospfd", Token: s.token(v.user), Ideas: routingIdeas, Setting: set}
	return page{Title: "Routing daemons", Name: "routing", Data: d, Help: "routing"}, nil
}

func (s *Server) set(v *visit, d *settingData) error {
	switch {
	case s.opt.Router == nil:
		return errors.New("this node has no routing daemons that srrd could ask")
	case !slices.Contains(daemons, d.Daemon):
		return errors.New("there is no such daemon")
	case !slices.Contains(d.Places, d.Place):
		return errors.New("there is no such place in the configuration")
	}
	if err := checkSetting(d.Line); err != nil {
		return err
	}
	lines := []string{d.Line}
	if d.Place != anywhere {
		lines = []string{d.Place, d.Line}
	}
	_, err := ask(s, v, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.opt.Router.Configure(ctx, d.Daemon, lines...)
	})
	return err
}

// leaving are words that do not configure, but leave the place or run something else
// in the middle of it. The daemons take any beginning of a word for the word.
var leaving = []string{"do", "end", "exit", "quit", "configure", "write", "copy"}

// checkSetting refuses what is not one line of a configuration.
func checkSetting(line string) error {
	if err := checkLine(line); err != nil {
		return err
	}
	words := strings.Fields(strings.ToLower(line))
	switch {
	case len(words) == 0:
		return errors.New("there is no line")
	case strings.ContainsAny(line, "|;"):
		return errors.New("that is more than one command")
	}
	for _, l := range leaving {
		if strings.HasPrefix(l, words[0]) || strings.HasPrefix(words[0], l+"-") {
			return errors.New("that is not a line of the configuration")
		}
	}
	return nil
}

// keyWords are those behind which keys and passwords stand.
var keyWords = []string{"authentication-key", "message-digest-key", "key", "key-string", "md5", "password", "secret"}

// discreet is a line as others may read it, in the audit trail: without keys and
// passwords. A beginning of such a word counts, as the daemons take it.
func discreet(line string) string {
	words := strings.Fields(line)
	for i, w := range words[:max(len(words)-1, 0)] {
		w = strings.ToLower(w)
		if slices.ContainsFunc(keyWords, func(k string) bool { return strings.HasPrefix(k, w) || strings.Contains(w, k) }) {
			return strings.Join(words[:i+1], " ") + " …"
		}
	}
	return line
}
