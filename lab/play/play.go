// Package play gives a lab the commands of a simulated schedule: what the simulator
// found can be looked at on real routers and a real srrd.
package play

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"

	"srr/lab"
	"srr/sim/script"
)

// Act is one command, at its time since the beginning.
type Act struct {
	At   time.Duration
	Text string // as srr-lab fault or srrctl takes it
	verb *lab.Verb
	args []string // of the verb, or of srrctl on the first of them
}

// Play is a schedule as far as a lab can carry it out.
type Play struct {
	Acts    []Act
	Skipped []string            // lines that it cannot carry out, each with the reason
	ends    map[string][]string // by node and link: what ends what was cut there
}

// ending is how a lab ends what a schedule ends by undrop.
var ending = map[string]string{"drop": "undrop", "deaf": "hear", "mute": "speak"}

// undrop ends what was cut before, each in its own way.
func (p *Play) undrop(s script.Step, port []string, on *lab.Topology) error {
	at := strings.Join(port, " ")
	words := p.ends[at]
	delete(p.ends, at)
	for _, word := range words {
		if err := p.verb(s.At, append([]string{word}, port...), on); err != nil {
			return err
		}
	}
	return nil
}

// Parse reads what `srrd sim` prints of a failing run, or what somebody wrote. The
// lines that build the network are left out: it plays on the one that is up, whose
// names the rest must have.
func Parse(text string, on *lab.Topology) (*Play, error) {
	steps, err := script.ParseSteps(text)
	if err != nil {
		return nil, err
	}
	p := &Play{ends: map[string][]string{}}
	for _, s := range steps {
		if err := p.add(s, on); err != nil {
			return nil, fmt.Errorf("%s: %w", s, err)
		}
	}
	slices.SortStableFunc(p.Acts, func(a, b Act) int { return int(a.At - b.At) })
	return p, nil
}

func (p *Play) add(s script.Step, on *lab.Topology) error {
	words := strings.Fields(s.Text)
	why, cannot := script.SimulatorOnly[words[0]]
	switch {
	case script.Builds(words[0]):
		return nil
	case cannot:
		p.Skipped = append(p.Skipped, s.String()+": "+why)
		return nil
	case words[0] == "start" && len(words) > 2 && words[2] == "srrd":
		p.Skipped = append(p.Skipped, s.String()+": it is started already")
		return nil
	case words[0] == "do":
		return p.operate(s, words[1:], on)
	case words[0] == "undrop":
		return p.undrop(s, words[1:], on)
	case words[0] == "kill":
		return p.kill(s, words, on)
	}
	return p.verb(s.At, words, on)
}

func (p *Play) operate(s script.Step, args []string, on *lab.Topology) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: do HOST VERB…")
	}
	if _, err := on.Node(args[0]); err != nil {
		return err
	}
	p.Acts = append(p.Acts, Act{At: s.At, Text: s.Text, args: args})
	return nil
}

// kill reads `kill NODE srrd|ospfd [BACK-AFTER|never]`. What is to happen after the
// death of srrd the supervisor of the lab decides.
func (p *Play) kill(s script.Step, words []string, on *lab.Topology) error {
	if len(words) < 4 {
		return p.verb(s.At, words, on)
	}
	if words[2] == "srrd" {
		p.Skipped = append(p.Skipped, s.String()+": a lab starts srrd again at once")
		return nil
	}
	if err := p.verb(s.At, words[:3], on); err != nil || words[3] == "never" {
		return err
	}
	back, err := time.ParseDuration(words[3])
	if err != nil {
		return err
	}
	return p.verb(s.At+back, []string{"start", words[1], words[2]}, on)
}

// verb adds a fault of the lab.
func (p *Play) verb(at time.Duration, words []string, on *lab.Topology) error {
	for i := range lab.Verbs {
		v := &lab.Verbs[i]
		if v.Name() != words[0] {
			continue
		}
		args := words[1:]
		if least, most := v.Args(); len(args) < least || most >= 0 && len(args) > most {
			return fmt.Errorf("usage: %s", v.Use)
		}
		if err := names(v, args, on); err != nil {
			return err
		}
		p.Acts = append(p.Acts, Act{At: at, Text: strings.Join(words, " "), verb: v, args: args})
		if end, cuts := ending[words[0]]; cuts {
			port := strings.Join(args, " ")
			p.ends[port] = append(p.ends[port], end)
		}
		return nil
	}
	return fmt.Errorf("no command %q", words[0])
}

// names finds out whether the network has what a fault names.
func names(v *lab.Verb, args []string, on *lab.Topology) error {
	if strings.Contains(v.Use, " LAN NODE") {
		for _, name := range args[1:] {
			if _, err := on.Node(name); err != nil {
				return err
			}
		}
		return nil
	}
	n, err := on.Node(args[0])
	if err != nil {
		return err
	}
	if strings.Contains(v.Use, " NODE LINK") {
		_, err = n.Link(args[1])
	}
	return err
}

// Run carries the acts out, each at its time, and tells what it does. What fails is
// told, and the play goes on: a fault may come at a moment when nothing is left to
// break. It returns how many did.
func (p *Play) Run(ctx context.Context, l *lab.Lab, srrctl string, out io.Writer) (failed int, err error) {
	began := time.Now()
	for i := range p.Acts {
		a := &p.Acts[i]
		select {
		case <-ctx.Done():
			return failed, context.Cause(ctx)
		case <-time.After(time.Until(began.Add(a.At))):
		}
		fmt.Fprintf(out, "%8.3f %s\n", time.Since(began).Seconds(), a.Text)
		if err := a.run(ctx, l, srrctl); err != nil {
			failed++
			fmt.Fprintf(out, "%8s   %v\n", "", err)
		}
	}
	return failed, nil
}

func (a *Act) run(ctx context.Context, l *lab.Lab, srrctl string) error {
	if a.verb != nil {
		return a.verb.Run(l, a.args)
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	args := append([]string{"--socket", l.Path(a.args[0], "run/srr/srrd.sock")}, a.args[1:]...)
	text, err := exec.CommandContext(ctx, srrctl, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(text)))
	}
	return nil
}
