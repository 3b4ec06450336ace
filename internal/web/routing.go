package web

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"srr/internal/api"
	"srr/internal/identity"
)

// routingData is the command page of the routing daemons.
type routingData struct {
	Daemons []string
	Daemon  string
	Command string
	Asked   bool
	Output  string
	Cut     bool
	Refused string
	Token   string
	Ideas   []routingIdea
	Setting *settingData // nil: they may not
}

type routingIdea struct{ Daemon, Command string }

var daemons = []string{"ospfd", "zebra", "bfdd"}

var routingIdeas = []routingIdea{
	{"ospfd", "show ip ospf neighbor"},
	{"ospfd", "show ip ospf interface"},
	{"ospfd", "show ip ospf database"},
	{"ospfd", "show ip ospf route"},
	{"zebra", "show ip route"},
	{"zebra", "show interface brief"},
	{"bfdd", "show bfd peers"},
}

const (
	maxCommand       = 200
	maxRoutingOutput = 512 << 10
)

func (s *Server) routing(v *visit) (page, error) {
	d := routingData{Daemons: daemons, Daemon: "ospfd", Token: s.token(v.user), Ideas: routingIdeas}
	d.Setting = settingOf(v)
	if q := v.r.URL.Query(); slices.Contains(daemons, q.Get("daemon")) {
		d.Daemon, d.Command = q.Get("daemon"), cut(q.Get("command"), maxCommand)
	}
	return page{Title: "Routing daemons", Name: "routing", Data: d, Help: "routing"}, nil
}

// routingAnswer carries a command out. It is a POST, so that it is asked for on
// purpose and by nobody else.
func (s *Server) routingAnswer(v *visit) (page, error) {
	if err := s.readForm(v); err != nil {
		return page{}, err
	}
	d := routingData{
		Daemons: daemons, Daemon: v.r.PostForm.Get("daemon"), Command: strings.TrimSpace(v.r.PostForm.Get("command")),
		Asked: true, Token: s.token(v.user), Ideas: routingIdeas, Setting: settingOf(v),
	}
	out, err := s.show(v, d.Daemon, d.Command)
	result := "accepted: it printed " + plural(len(out), "byte")
	if err != nil {
		d.Refused, result = err.Error(), "refused: "+err.Error()
	}
	d.Cut = len(out) > maxRoutingOutput
	d.Output = string(out[:min(len(out), maxRoutingOutput)])
	s.opt.API.Written(v.ctx, api.Deed{What: "routing " + cut(d.Daemon, 16) + ": " + cut(d.Command, maxCommand), Result: cut(result, 300)})
	return page{Title: "Routing daemons", Name: "routing", Data: d, Help: "routing"}, nil
}

func (s *Server) show(v *visit, daemon, command string) ([]byte, error) {
	if s.opt.Router == nil {
		return nil, errors.New("this node has no routing daemons that srrd could ask")
	}
	if !slices.Contains(daemons, daemon) {
		return nil, errors.New("there is no such daemon")
	}
	if err := checkShow(command, v.user.Role); err != nil {
		return nil, err
	}
	return ask(s, v, func(ctx context.Context) ([]byte, error) { return s.opt.Router.Show(ctx, daemon, command) })
}

// secretWords are what `show` prints passwords and keys of. The daemons take any
// beginning of a word for the word.
var secretWords = []string{"running-config", "startup-config", "configuration", "history"}

// checkShow refuses what is not one show command. The command goes to the
// daemon's socket as it is, and no shell ever sees it; a pipe would be a second
// program, in the daemon.
func checkShow(command string, role identity.Role) error {
	if err := checkLine(command); err != nil {
		return err
	}
	words := strings.Fields(command)
	switch {
	case strings.ContainsAny(command, "|>;"):
		return errors.New("there is no pipe here: ask, and look for it in the answer")
	case len(words) < 2 || words[0] != "show":
		return errors.New("commands begin with show")
	}
	for _, secret := range secretWords {
		if strings.HasPrefix(secret, strings.ToLower(words[1])) && role < identity.Administrator {
			return errors.New("that prints passwords, so it is for administrators")
		}
	}
	return nil
}

// checkLine refuses what is not one line for a daemon.
func checkLine(line string) error {
	switch {
	case len(line) > maxCommand:
		return errors.New("the command is too long")
	case strings.ContainsFunc(line, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsPrint(r) }):
		return errors.New("a command is one line of plain characters")
	}
	return nil
}
