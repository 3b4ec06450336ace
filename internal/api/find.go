package api

import (
	"fmt"
	"slices"
	"strings"

	"srr/internal/routerid"
	"srr/internal/service"
)

// FindService returns the service of that name. The error wraps ErrNotFound
// and names what was probably meant.
func (s *Snapshot) FindService(name string) (*Service, error) {
	for i := range s.Services {
		if s.Services[i].Name == name {
			return &s.Services[i], nil
		}
	}
	return nil, notFound("service", name, s.serviceNames())
}

// On is the service's instance on a node, nil if there is none.
func (s *Service) On(node routerid.ID) *Instance {
	i := slices.IndexFunc(s.Instances, func(i Instance) bool { return i.RouterID == node })
	if i < 0 {
		return nil
	}
	return &s.Instances[i]
}

// FindUnit returns the unit that an operator's word names: the unit of a
// service, or a group. Where both exist and differ, "service/NAME" or
// "group/NAME" is needed.
func (s *Snapshot) FindUnit(word string) (service.Unit, error) {
	kind, name, qualified := strings.Cut(word, "/")
	if !qualified {
		kind, name = "", word
	}
	if qualified && kind != "group" && kind != "service" {
		return service.Unit{}, fmt.Errorf("find unit %q: want NAME, service/NAME or group/NAME: %w", word, ErrNotFound)
	}
	group := service.Unit{Name: name, Group: true}
	isGroup := kind != "service" && slices.ContainsFunc(s.Units, func(u Unit) bool { return u.Group && u.Name == name })
	svc, err := s.FindService(name)
	isService := kind != "group" && err == nil
	switch {
	case isService && isGroup && svc.Unit() != group:
		return service.Unit{}, fmt.Errorf("find unit %q: both a service and a group have this name; write service/%s or group/%s: %w", word, name, name, ErrNotFound)
	case isGroup:
		return group, nil
	case isService:
		return svc.Unit(), nil
	}
	return service.Unit{}, notFound("service or group", name, append(s.serviceNames(), s.groupNames()...))
}

// Unit names the unit that the service belongs to.
func (s *Service) Unit() service.Unit {
	if s.Group != "" {
		return service.Unit{Name: s.Group, Group: true}
	}
	return service.Unit{Name: s.Name}
}

// FindNode returns the node of that router ID or name. A name that several
// nodes use is refused.
func (s *Snapshot) FindNode(word string) (*Node, error) {
	var found []*Node
	names := make([]string, 0, len(s.Nodes))
	for i := range s.Nodes {
		n := &s.Nodes[i]
		if n.RouterID.String() == word {
			return n, nil
		}
		if n.Name != "" && strings.EqualFold(n.Name, word) {
			found = append(found, n)
		}
		names = append(names, n.Title())
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, notFound("node", word, names)
	}
	return nil, fmt.Errorf("find node %q: several nodes have this name; use the router ID: %w", word, ErrNotFound)
}

// Title is the node's name, or its router ID where it has told none.
func (n *Node) Title() string {
	if n.Name != "" {
		return n.Name
	}
	return n.RouterID.String()
}

// Title is the name of the instance's node, or its router ID.
func (i *Instance) Title() string {
	if i.Node != "" {
		return i.Node
	}
	return i.RouterID.String()
}

// Has reports whether the instance carries a flag.
func (i *Instance) Has(flag string) bool { return slices.Contains(i.Flags, flag) }

// Word is the state of an instance in a word or two. What is unknown may be running.
func (i *Instance) Word() string {
	config, run, _ := strings.Cut(i.State, "/")
	switch {
	case i.Hold == Unknown:
		return "unknown"
	case i.Runs():
		return "runs"
	case i.State == "active/started":
		return "gone"
	case config == "active" && run == "stopped" && i.Has(FlagHeldOff):
		return "held off"
	case config == "active" && run == "stopped":
		return "ready"
	case config == "active":
		return run
	case config == "failed":
		return "refused"
	}
	return config
}

// Has reports whether the node carries a flag.
func (n *Node) Has(flag string) bool { return slices.Contains(n.Flags, flag) }

// NodeTitle is the name of a node by its router ID.
func (s *Snapshot) NodeTitle(id routerid.ID) string {
	for i := range s.Nodes {
		if s.Nodes[i].RouterID == id {
			return s.Nodes[i].Title()
		}
	}
	return id.String()
}

func (s *Snapshot) serviceNames() []string {
	names := make([]string, len(s.Services))
	for i := range s.Services {
		names[i] = s.Services[i].Name
	}
	return names
}

func (s *Snapshot) groupNames() []string {
	var names []string
	for _, u := range s.Units {
		if u.Group {
			names = append(names, u.Name)
		}
	}
	return names
}

// notFound says what does not exist, and what was probably meant.
func notFound(kind, name string, known []string) error {
	for _, k := range known {
		if nearlyEqual(k, name) {
			return fmt.Errorf("no %s %q, did you mean %q: %w", kind, name, k, ErrNotFound)
		}
	}
	if len(known) == 0 {
		return fmt.Errorf("no %s %q, there is none at all: %w", kind, name, ErrNotFound)
	}
	return fmt.Errorf("no %s %q: %w", kind, name, ErrNotFound)
}

// nearlyEqual: one letter more, less or other, two neighbors swapped, or one
// is the beginning of the other.
func nearlyEqual(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if len(a) < 2 || len(b) < 2 {
		return false
	}
	if strings.HasPrefix(a, b) || strings.HasPrefix(b, a) {
		return true
	}
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	j := 0
	for j < len(a)-i && j < len(b)-i && a[len(a)-1-j] == b[len(b)-1-j] {
		j++
	}
	ra, rb := a[i:len(a)-j], b[i:len(b)-j]
	swapped := len(ra) == 2 && len(rb) == 2 && ra[0] == rb[1] && ra[1] == rb[0]
	return len(ra) <= 1 && len(rb) <= 1 || swapped
}
