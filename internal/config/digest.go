package config

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"srr/internal/service"
)

// property is one part of a service's definition in a canonical text form.
type property struct{ name, value string }

// shared are the properties that must be equal on every node and that a
// running instance cannot change. The digest covers them.
func shared(s *Service) []property {
	scope := s.Scope
	scope.Link = "" // interfaces have other names on other nodes
	return []property{
		{"name", s.Name},
		{"addresses", list(s.Addresses)},
		{"agent", agentText(s.Agent)},
		{"group", s.Group},
		{"depends-on", list(s.DependsOn)},
		{"critical", fmt.Sprint(s.Critical)},
		{"scope", scopeText(scope)},
		{"exclusion", map[bool]string{false: "convergent", true: "strict"}[s.Strict]},
		{"release", map[service.Release]string{service.ReleaseAddress: "address", service.ReleaseVerified: "verified"}[s.Release]},
	}
}

// digest is the first 8 bytes of the SHA-256 of the shared properties, each
// name and value preceded by its length.
func digest(s *Service) (d [8]byte) {
	h := sha256.New()
	for _, p := range shared(s) {
		for _, text := range []string{p.name, p.value} {
			var n [4]byte
			binary.BigEndian.PutUint32(n[:], uint32(len(text)))
			h.Write(n[:])
			h.Write([]byte(text))
		}
	}
	copy(d[:], h.Sum(nil))
	return d
}

// local are the properties that a running instance cannot change, but that
// are this node's own affair.
func local(s *Service) []property {
	return []property{{"scope.link", s.Scope.Link}}
}

// live are the properties that a reload changes at once.
func live(s *Service) []property {
	c := &s.Check
	out := []property{
		{"preference", fmt.Sprint(s.Preference)},
		{"priority", fmt.Sprint(s.Priority)},
		{"activate", [...]string{"auto", "manual", "disabled"}[s.Activation]},
		{"check", checkText(c)},
		{"check.interval", c.Interval.String()},
		{"check.timeout", c.Timeout.String()},
		{"check.fall", fmt.Sprint(c.Fall)},
		{"check.rise", fmt.Sprint(c.Rise)},
		{"check.unknown-timeout", s.UnknownTimeout.String()},
		{"restarts.max", fmt.Sprint(s.Restarts)},
		{"restarts.within", s.RestartWindow.String()},
		{"failure-timeout", s.FailureTimeout.String()},
		{"failure-timeout-max", s.FailureMax.String()},
		{"dead-after", s.DeadAfter.String()},
		{"on-medium-loss", s.OnMediumLoss.String()},
	}
	for p := range service.NumPrimitives {
		if p != service.Check {
			out = append(out, property{"timeouts." + p.String(), s.Timeout[p].String()})
		}
	}
	return out
}

// checkText says what is checked.
func checkText(c *CheckSpec) string {
	text := string(c.Kind)
	switch c.Kind {
	case CheckHTTP:
		h := c.HTTP
		text += fmt.Sprintf(" %s of %s status %d-%d", h.Path, cmp.Or(h.Host, "target"), h.StatusMin, h.StatusMax)
		if h.Body != "" {
			text += fmt.Sprintf(" body %q", h.Body)
		}
		text += fmt.Sprintf(" tls %t insecure %t follow %t", h.TLS, h.SkipVerify, h.Follow)
	case CheckDNS:
		text += fmt.Sprintf(" %s %s %s", c.DNS.Name, c.DNS.Type, quoted(c.DNS.Expect))
	case CheckCommand:
		text += " " + quoted(c.Command)
	}
	if len(c.Targets) > 0 {
		text += " at " + list(c.Targets)
	}
	return text
}

func list[T any](items []T) string {
	texts := make([]string, len(items))
	for i, x := range items {
		texts[i] = fmt.Sprint(x)
	}
	return strings.Join(texts, ", ")
}

// quoted keeps the borders between arguments.
func quoted(words []string) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(texts, " ")
}

func agentText(a AgentSpec) string {
	switch a.Kind {
	case AgentMake, AgentExec:
		text := string(a.Kind) + " " + a.Path
		var answers []service.Primitive
		for p, set := range a.Primitives {
			if set {
				answers = append(answers, service.Primitive(p))
			}
		}
		if len(answers) < len(a.Primitives) {
			text += " answers " + list(answers)
		}
		if a.PIDFile != "" {
			text += " pid-file " + a.PIDFile
		}
		return text
	case AgentRun:
		return "run " + quoted(a.Args)
	case AgentUnit:
		return "unit " + a.Unit
	}
	return "none"
}

func scopeText(s service.Scope) string {
	switch s.Kind {
	case service.ScopeAS:
		return "as"
	case service.ScopeArea:
		return "area " + AreaID(s.Area).String()
	case service.ScopeLink:
		return "link"
	}
	return "default"
}
