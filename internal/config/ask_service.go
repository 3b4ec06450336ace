package config

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"srr/internal/routerid"
)

// nothing is the answer for "none".
const nothing = "-"

// askService completes the first service, if there is to be one. A service
// that a flag names is not asked for, apart from a command that is missing.
func (d *draft) askService(q *questions) error {
	if d.Service == "" {
		if err := d.askNew(q); err != nil || d.Service == "" {
			return err
		}
	}
	if err := d.serviceProblem(); err != nil {
		return err
	}
	return d.askCommand(q)
}

func (d *draft) askNew(q *questions) error {
	err := q.ask(&d.Service, "Name of a first service, - for none", nothing, optional(nameProblem))
	if err != nil || d.Service == nothing {
		d.Service = ""
		return err
	}
	if err := q.ask(&d.Address, "Its address, - for none", nothing, optional(d.addressProblem)); err != nil {
		return err
	}
	return q.ask((*string)(&d.Kind), "What runs it: make, exec, run, unit or none", string(d.likelyKind()), d.kindProblem)
}

// likelyKind follows from the command, if anything does; empty: one must be named.
func (d *draft) likelyKind() AgentKind {
	switch {
	case d.Command == "":
		return AgentMake
	case unitName.MatchString(d.Command):
		return AgentUnit
	}
	return ""
}

// serviceProblem settles what was left open and checks what came from flags.
func (d *draft) serviceProblem() error {
	if d.Address == nothing {
		d.Address = ""
	}
	if d.Kind == "" {
		if d.Kind = d.likelyKind(); d.Kind == "" {
			return fmt.Errorf("--command %s needs --kind: make, exec, run or unit", clip(d.Command))
		}
	}
	return errors.Join(nameProblem(d.Service), d.kindProblem(string(d.Kind)), optional(d.addressProblem)(cmp.Or(d.Address, nothing)))
}

// askCommand asks what the agent shall run; a Makefile may be a new one.
func (d *draft) askCommand(q *questions) error {
	if d.Kind == "none" {
		d.Kind = AgentNone
		return nil
	}
	question := map[AgentKind]string{
		AgentMake: "Path of the Makefile", AgentExec: "Path of the executable",
		AgentRun: "Command, with its arguments", AgentUnit: "Name of the unit",
	}[d.Kind]
	proposal := ""
	switch d.Kind {
	case AgentMake:
		d.Command = cmp.Or(d.Command, d.skeletonPath())
	case AgentUnit:
		proposal = d.Service + ".service"
	}
	return q.ask(&d.Command, question, proposal, d.commandProblem)
}

// commandProblem finds what the loader would refuse, while it can be asked again.
func (d *draft) commandProblem(s string) error {
	var what, hint string
	switch {
	case strings.TrimSpace(s) == "":
		return errors.New("an answer is needed")
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return fmt.Errorf("%q holds a line break or another control character", clip(s))
	case d.Kind == AgentUnit:
		what, hint = unitRefusal(s)
	case d.Kind == AgentRun:
		list, err := words(s)
		if err != nil {
			return err
		}
		if what, hint = programRefusal(list[0]); what == "" && slices.Contains(list, "") {
			what = "an argument is empty"
		}
	default:
		what, hint = pathRefusal(s)
	}
	return refusal(what, hint)
}

// refusal is an error of what is wrong and how to mend it; nil if nothing is.
func refusal(what, hint string) error {
	switch {
	case what == "":
		return nil
	case hint == "":
		return errors.New(what)
	}
	return errors.New(what + "; " + hint)
}

func (d *draft) skeletonPath() string {
	return filepath.Join(filepath.Dir(d.file), d.Service, "Makefile")
}

func optional(valid func(string) error) func(string) error {
	return func(s string) error {
		if s == nothing {
			return nil
		}
		return valid(s)
	}
}

func (d *draft) addressProblem(s string) error {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return fmt.Errorf("%q is no IP address, such as 10.71.100.1", clip(s))
	}
	id, _ := routerid.Parse(d.RouterID) // zero is nobody's
	if why := addressRefusal(a, id); why != "" {
		return fmt.Errorf("%s %s", a, why)
	}
	return nil
}

func (d *draft) kindProblem(s string) error {
	switch {
	case !slices.Contains([]string{"make", "exec", "run", "unit", "none"}, s):
		return fmt.Errorf("%q is none of make, exec, run, unit and none", clip(s))
	case s == "none" && d.Command != "":
		return fmt.Errorf("none runs nothing, and not %s", clip(d.Command))
	case s == "none" && (d.Address == "" || d.Address == nothing):
		return errors.New("the service would have neither an address nor anything to run")
	}
	return nil
}
