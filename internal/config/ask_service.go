package config

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"

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
	return q.ask((*string)(&d.Kind), "What runs it: make, exec, run, unit or none", "make", kindProblem)
}

// serviceProblem settles what was left open and checks what came from flags.
func (d *draft) serviceProblem() error {
	if d.Address == nothing {
		d.Address = ""
	}
	switch {
	case d.Kind == AgentNone && strings.HasSuffix(d.Command, ".service"):
		d.Kind = AgentUnit
	case d.Kind == AgentNone:
		d.Kind = AgentMake
	}
	return errors.Join(nameProblem(d.Service), kindProblem(string(d.Kind)), optional(d.addressProblem)(cmp.Or(d.Address, nothing)))
}

// askCommand asks what the agent shall run; a Makefile may be a new one.
func (d *draft) askCommand(q *questions) error {
	needed := func(s string) error {
		if s == "" {
			return errors.New("an answer is needed")
		}
		return nil
	}
	switch d.Kind {
	case AgentMake:
		d.Command = cmp.Or(d.Command, d.skeletonPath())
	case AgentExec:
		return q.ask(&d.Command, "Path of the executable", "", needed)
	case AgentRun:
		return q.ask(&d.Command, "Command, with its arguments", "", needed)
	case AgentUnit:
		return q.ask(&d.Command, "Name of the unit", d.Service+".service", needed)
	case "none":
		d.Kind = AgentNone
	}
	return nil
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

func kindProblem(s string) error {
	switch s {
	case "make", "exec", "run", "unit", "none":
		return nil
	}
	return fmt.Errorf("%q is none of make, exec, run, unit and none", clip(s))
}
