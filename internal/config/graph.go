package config

import (
	"slices"
	"strings"

	"srr/internal/discovery"
)

// dependencies checks that the services of each group can be put in an order,
// and that what a critical member needs is critical, too.
func (v *validator) dependencies() {
	for _, name := range v.names {
		s := v.file.Services[name]
		if len(s.DependsOn) > discovery.MaxDepends {
			v.failAt(v.where(&s.DependsOn), "", "%d dependencies, at most %d fit into a record",
				len(s.DependsOn), discovery.MaxDepends)
		}
		for i := range s.DependsOn {
			v.dependency(name, s, i)
		}
	}
	v.cycles()
}

func (v *validator) dependency(name string, s *ServiceSection, i int) {
	on := s.DependsOn[i]
	at := v.where(&s.DependsOn[i], &s.DependsOn)
	other := v.file.Services[on]
	switch {
	case slices.Index(s.DependsOn, on) < i:
		v.failAt(at, "remove one of them", "%s is listed twice", on)
	case other == nil:
		v.failAt(at, didYouMean(on, v.names), "service %q is not defined on this node", clip(on))
	case s.Group == "":
		v.failAt(at, "put both into a group", "%s depends on %s, but only members of one group can", name, on)
	case other.Group != s.Group:
		v.failAt(at, "dependencies stay inside a group", "%s is in group %s, but %s is %s",
			name, s.Group, on, inGroup(other.Group))
	case s.Critical && !other.Critical:
		v.failAt(v.where(&other.Critical, other), "make "+on+" critical, or "+name+" not",
			"%s is not critical, but the critical service %s depends on it", on, name)
	}
}

func inGroup(group string) string {
	if group == "" {
		return "in none"
	}
	return "in group " + group
}

// cycles reports every dependency that closes a circle, with the circle.
func (v *validator) cycles() {
	const onPath, done = 1, 2
	state := map[string]int{}
	var path []string
	var visit func(string)
	visit = func(name string) {
		s := v.file.Services[name]
		if s == nil || state[name] == done {
			return
		}
		state[name] = onPath
		path = append(path, name)
		for i, on := range s.DependsOn {
			if state[on] != onPath {
				visit(on)
				continue
			}
			circle := append(slices.Clone(path[slices.Index(path, on):]), on)
			v.failAt(v.where(&s.DependsOn[i], &s.DependsOn), "one of them must start first",
				"dependencies form a cycle: %s", strings.Join(circle, " → "))
		}
		path = path[:len(path)-1]
		state[name] = done
	}
	for _, name := range v.names {
		visit(name)
	}
}
