package config

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"srr/internal/service"
)

var unitName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9:_.\\@-]{0,200}\.(service|socket|mount|target|timer|path|swap|device|slice)$`)

// agents are the keys that name an agent, with the values given.
func (v *validator) agents(s *ServiceSection) (kinds []AgentKind, last any) {
	for _, a := range []struct {
		kind  AgentKind
		field any
	}{{AgentMake, &s.Make}, {AgentExec, &s.Exec}, {AgentRun, &s.Run}, {AgentUnit, &s.Unit}} {
		if v.has(a.field) {
			kinds, last = append(kinds, a.kind), a.field
		}
	}
	return kinds, last
}

// checkAgentKeys reports what is wrong with the keys; whether the things they
// name exist is the Prober's to find out.
func (v *validator) checkAgentKeys(s *ServiceSection) {
	kinds, last := v.agents(s)
	switch {
	case len(kinds) > 1:
		v.failAt(v.where(last), "keep one", "a service has one agent, not both %s and %s", kinds[0], kinds[1])
		return
	case len(kinds) == 0 && len(s.Addresses) == 0 && !v.partial[&s.Addresses] && !v.partial[s]:
		v.failAt(v.where(s), "give it addresses, or one of make, exec, run and unit",
			"the service has neither an address nor anything to run")
		return
	}
	if v.has(&s.Run) {
		v.program(&s.Run, s.Run)
	}
	if what, hint := unitRefusal(s.Unit); v.has(&s.Unit) && what != "" {
		v.failAt(v.where(&s.Unit), hint, "%s", what)
	}
	kind := append(kinds, AgentNone)[0]
	if v.has(&s.PIDFile) && kind != AgentMake && kind != AgentExec {
		v.failAt(v.where(&s.PIDFile), "remove the key", "only make and exec have a pid-file")
	}
	if v.has(&s.Primitives) {
		v.checkPrimitives(s, kind)
	}
}

// unitRefusal returns what is wrong with the name of a unit and how to mend it; "" if nothing is.
func unitRefusal(name string) (what, hint string) {
	switch {
	case unitName.MatchString(name):
		return "", ""
	case unitName.MatchString(name + ".service"):
		hint = "write " + name + ".service"
	default:
		hint = "such as nginx.service"
	}
	return fmt.Sprintf("%q is no name of a unit", clip(name)), hint
}

// program wants an absolute path as the first word of a command.
func (v *validator) program(field *[]string, words []string) {
	switch {
	case len(words) == 0 && v.partial[field]: // reported already
	case len(words) == 0:
		v.failAt(v.where(field), "write [/path/to/program, argument]", "the command is empty")
	default:
		if what, hint := programRefusal(words[0]); what != "" {
			v.failAt(v.where(&words[0], field), hint, "%s", what)
		}
	}
}

// programRefusal returns what is wrong with the first word of a command and how to mend it; "" if nothing is.
func programRefusal(word string) (what, hint string) {
	if filepath.IsAbs(word) && filepath.Clean(word) == word {
		return "", ""
	}
	hint = "no shell reads it, and no PATH is searched"
	if strings.Contains(word, " ") {
		hint = "each argument is an element of its own: [" + strings.Join(strings.Fields(word), ", ") + "]"
	}
	return fmt.Sprintf("%q is no absolute path", clip(word)), hint
}

func (v *validator) checkPrimitives(s *ServiceSection, kind AgentKind) {
	at := v.where(&s.Primitives)
	if kind != AgentExec {
		v.failAt(at, "remove the key", "only exec has a choice of primitives")
		return
	}
	for _, must := range []string{"start", "stop"} {
		if !slices.Contains(s.Primitives, must) {
			v.failAt(at, "add "+must, "every agent must answer %s", must)
		}
	}
}

// answers says which primitives each kind of agent has.
var answers = map[AgentKind][]service.Primitive{
	AgentRun:  {service.Start, service.Stop, service.Restart, service.Status},
	AgentUnit: {service.Start, service.Stop, service.Reload, service.Restart, service.Status},
}

func (v *validator) agent(name string, s *ServiceSection) AgentSpec {
	a := AgentSpec{Service: name, Path: s.Make + s.Exec, Args: s.Run, Unit: s.Unit, PIDFile: s.PIDFile}
	kinds, _ := v.agents(s)
	if len(kinds) == 0 {
		return a
	}
	a.Kind = kinds[0]
	for _, p := range answers[a.Kind] {
		a.Primitives[p] = true
	}
	if a.Kind == AgentMake || a.Kind == AgentExec {
		for p := range service.NumPrimitives {
			a.Primitives[p] = !v.has(&s.Primitives) || slices.Contains(s.Primitives, p.String())
		}
	}
	return a
}

func (s *ServiceSection) timeouts() (t [service.NumPrimitives]time.Duration) {
	t[service.Activate] = s.Timeouts.Activate
	t[service.Deactivate] = s.Timeouts.Deactivate
	t[service.Start] = s.Timeouts.Start
	t[service.Stop] = s.Timeouts.Stop
	t[service.Reload] = s.Timeouts.Reload
	t[service.Restart] = s.Timeouts.Restart
	t[service.Join] = s.Timeouts.Join
	t[service.Leave] = s.Timeouts.Leave
	t[service.Failed] = s.Timeouts.Failed
	t[service.Status] = s.Timeouts.Status
	t[service.Check] = s.Check.Timeout
	return t
}

// agentQuestions are about every agent, and about the programs of checks.
func (l *loading) agentQuestions(c *Config, f *File, prober Prober) (out []question) {
	for i := range c.Services {
		s := &c.Services[i]
		section := f.Services[s.Name]
		if l.broken[section] {
			continue
		}
		if s.Agent.Kind != AgentNone {
			out = append(out, question{
				l.where(&section.Make, &section.Exec, &section.Run, &section.Unit, section),
				func(ctx context.Context) error { return prober.CheckAgent(ctx, s.Agent) },
			})
		}
		if s.Check.Kind == CheckCommand {
			program := AgentSpec{Service: s.Name, Kind: AgentRun, Args: s.Check.Command}
			out = append(out, question{
				l.where(&section.Check.Command, section),
				func(ctx context.Context) error { return prober.CheckAgent(ctx, program) },
			})
		}
	}
	return out
}
