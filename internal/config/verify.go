package config

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrInvalid is what Check returns after it has printed every problem.
var ErrInvalid = errors.New("the configuration is not valid")

// Check is the verb check-config: it prints a summary of the configuration at
// path to out, or every problem, and then returns an ErrInvalid.
func Check(path string, prober Prober, out io.Writer) error {
	c, err := Load(path, prober)
	if err != nil {
		fmt.Fprintln(out, err)
		n := 1
		if problems, ok := errors.AsType[Problems](err); ok {
			n = len(problems)
		}
		return fmt.Errorf("check %s: %w: %s", path, ErrInvalid, count(n, "problem"))
	}
	fmt.Fprintf(out, "cluster %s, node %s (router ID %s): %s in %s, no problem found\n",
		c.Cluster, c.Name, c.RouterID, count(len(c.Services), "service"), count(len(c.Files), "file"))
	for i := range c.Services {
		fmt.Fprintln(out, "  "+c.Services[i].summary())
	}
	return nil
}

func (s *Service) summary() string {
	parts := []string{s.Name + ":"}
	if s.Resource() {
		parts = append(parts, "resource,")
	} else {
		parts = append(parts, list(s.Addresses)+",")
	}
	parts = append(parts, s.Unit().String()+",", "preference", fmt.Sprint(s.Preference)+",")
	if s.Agent.Kind != AgentNone {
		parts = append(parts, string(s.Agent.Kind)+",")
	}
	if s.HasCheck {
		return strings.Join(append(parts, "check", string(s.Check.Kind), "every", s.CheckInterval.String()), " ")
	}
	return strings.Join(append(parts, "not checked"), " ")
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
