package config

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"srr/internal/identity"
	"srr/internal/routerid"
)

// draft is what the main file is written from. What is empty is still to be asked.
type draft struct {
	file string

	Cluster, Name, RouterID, OSPFAPI, VTY string

	Service, Address string
	Kind             AgentKind
	Command          string // of make: the Makefile

	Areas, Interfaces []string    // found, for a comment
	found             routerid.ID // of ospfd; zero: unknown

	caCluster string          // of the CA whose certificates are on this host; empty: none
	node      identity.Holder // which this host is by them
}

// lookForCA: a new cluster that has a CA begins with signed records.
func (d *draft) lookForCA(env InitEnv) (err error) {
	if env.PKI == "" {
		return nil
	}
	if d.caCluster, d.node, err = identity.Here(env.PKI); err != nil {
		return err
	}
	switch {
	case d.node.Name != "":
		fmt.Fprintf(env.Out, "By its certificates this is node %s (%s) of cluster %s.\n", d.node.Name, d.node.RouterID, d.caCluster)
	case d.caCluster != "":
		fmt.Fprintf(env.Out, "The CA of cluster %s is here.\n", d.caCluster)
	}
	return nil
}

// Signed: the records of the cluster must be signed.
func (d *draft) Signed() bool { return d.caCluster != "" && d.caCluster == d.Cluster }

func newDraft(o InitOptions) *draft {
	return &draft{
		file: o.File, Cluster: o.Cluster, Name: o.Name, RouterID: o.RouterID, OSPFAPI: o.OSPFAPI, VTY: o.VTY,
		Service: o.Service.Name, Address: o.Service.Address, Kind: o.Service.Kind, Command: o.Service.Command,
	}
}

// look finds out what the host can tell, and tells the operator.
func (d *draft) look(env InitEnv) {
	say := func(format string, args ...any) { fmt.Fprintf(env.Out, format+"\n", args...) }
	if env.Router == nil {
		say("No ospfd was found on this host. srrd needs FRR's ospfd, running with option -a:\n" +
			"its records and routes travel over it.")
		return
	}
	id, err := env.Router.RouterID()
	if err != nil {
		say("ospfd does not tell its router ID: %s", err)
	} else {
		d.found = id
	}
	d.Areas, _ = env.Router.Areas() // only told to the operator
	d.Interfaces, _ = env.Router.Interfaces()
	say("Found ospfd: router ID %s, areas %s, interfaces %s.",
		d.found, orNone(d.Areas), orNone(d.Interfaces))
	if len(d.Interfaces) == 0 {
		say("OSPF runs on no interface yet: this node will hear of no other.")
	}
}

func orNone(items []string) string { return cmp.Or(strings.Join(items, ", "), "none") }

// ask completes the draft.
func (d *draft) ask(ctx context.Context, q *questions, env InitEnv) error {
	for _, x := range []struct {
		value          *string
		text, proposal string
		valid          func(string) error
	}{
		{&d.Cluster, "Name of the cluster", cmp.Or(d.caCluster, "srr"), nameProblem},
		{&d.Name, "Name of this node", cmp.Or(d.node.Name, hostName(env.Hostname)), nameProblem},
		{&d.RouterID, "Router ID of this node", idText(cmp.Or(d.found, d.node.RouterID)), routerIDProblem},
		{&d.OSPFAPI, "OSPF API of ospfd", defaultMedium().OSPFAPI.String(), apiProblem},
	} {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := q.ask(x.value, x.text, x.proposal, x.valid); err != nil {
			return err
		}
	}
	d.VTY = cmp.Or(d.VTY, defaultFile().Routing.FRR.VTY)
	if err := refusal(pathRefusal(d.VTY)); err != nil {
		return fmt.Errorf("directory of FRR's vty sockets: %w", err)
	}
	d.reportAPI(env)
	if d.Service != "" || !q.yes {
		return d.askService(q)
	}
	return nil
}

// hostName is the first label of the host's name, if it can name a node.
func hostName(host string) string {
	name, _, _ := strings.Cut(strings.ToLower(host), ".")
	if !validName.MatchString(name) {
		return ""
	}
	return name
}

func idText(id routerid.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

func defaultMedium() (m MediumSection) {
	m.setDefaults()
	return m
}

func (d *draft) reportAPI(env InitEnv) {
	api, err := netip.ParseAddrPort(d.OSPFAPI)
	if err != nil || env.Router == nil {
		return
	}
	if err := env.Router.APIOpen(api); err != nil {
		fmt.Fprintf(env.Out, "The OSPF API is closed (%s).\n"+
			"  Add -a to ospfd_options in /etc/frr/daemons and restart FRR; srrd waits for it.\n", err)
	}
}

// questions asks on a terminal, or takes every proposal.
type questions struct {
	in  *bufio.Reader
	out io.Writer
	yes bool
}

// maxTries ends a dialogue with a script that answers nonsense.
const maxTries = 5

// ask fills *value with a valid answer. A value that is there already, from a
// flag, is only checked; without a terminal the proposal is taken.
func (q *questions) ask(value *string, question, proposal string, valid func(string) error) error {
	if *value != "" || q.yes {
		if *value == "" && proposal == "" {
			return fmt.Errorf("%s: nothing can be proposed; give it by its flag, see srrd init --help", lowerFirst(question))
		}
		*value = cmp.Or(*value, proposal)
		if err := valid(*value); err != nil {
			return fmt.Errorf("%s: %w", lowerFirst(question), err)
		}
		return nil
	}
	for range maxTries {
		answer, err := q.line(question, proposal)
		if err != nil {
			return err
		}
		if err := valid(answer); err == nil {
			*value = answer
			return nil
		} else {
			fmt.Fprintf(q.out, "  %s\n", err)
		}
	}
	return fmt.Errorf("%s: too many wrong answers", lowerFirst(question))
}

// line asks once; an empty answer is the proposal.
func (q *questions) line(question, proposal string) (string, error) {
	fmt.Fprint(q.out, question)
	if proposal != "" {
		fmt.Fprintf(q.out, " [%s]", proposal)
	}
	fmt.Fprint(q.out, ": ")
	line, err := q.in.ReadString('\n')
	if err != nil && line == "" {
		return "", fmt.Errorf("%s: no answer: %w", lowerFirst(question), err)
	}
	return cmp.Or(strings.TrimSpace(line), proposal), nil
}

func nameProblem(s string) error {
	if !validName.MatchString(s) {
		return fmt.Errorf("%q is no valid name: %s", clip(s), nameHint)
	}
	return nil
}

func routerIDProblem(s string) error {
	_, err := routerid.Parse(s)
	return err
}

func apiProblem(s string) error {
	if a, err := netip.ParseAddrPort(s); err != nil || !a.Addr().IsLoopback() {
		return fmt.Errorf("%q is no port on a loopback address, such as 127.0.0.1:2607", clip(s))
	}
	return nil
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
