package doctor

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"srr/internal/routerid"
	"srr/internal/service"
)

// AreaKind is what an area lets in.
type AreaKind string

// The kinds. Neither AS-external LSAs nor opaque LSAs of AS scope pass into or
// out of stub areas and NSSAs (RFC 2328, section 3.6; RFC 3101; RFC 5250,
// section 3.1). An NSSA has external LSAs of its own, type 7, which border
// routers translate; a stub area has none at all.
const (
	NormalArea AreaKind = "normal"
	StubArea   AreaKind = "stub"
	NSSA       AreaKind = "NSSA"
)

// areaLine is how `show ip ospf` begins what it says of an area. Its JSON does
// not tell stub areas from others (FRR 8.4.4).
var areaLine = regexp.MustCompile(`(?m)^ *Area ID: (\S+)(?: \((\w+))?`)

func parseAreas(text string) map[string]AreaKind {
	all := map[string]AreaKind{}
	for _, m := range areaLine.FindAllStringSubmatch(text, -1) {
		switch m[2] {
		case "Stub":
			all[m[1]] = StubArea
		case "NSSA":
			all[m[1]] = NSSA
		default:
			all[m[1]] = NormalArea
		}
	}
	return all
}

// Scoped is a service as far as its flooding is concerned.
type Scoped struct {
	Name    string
	Scope   service.Scope
	Address bool // it has one to announce
}

// AreaFault says which services this node must not run where it is attached,
// because nodes elsewhere could not hear of that, or could not reach them; nil:
// none. Starting them all the same would be a split that nobody sees.
func AreaFault(areas map[string]AreaKind, services []Scoped) error {
	var deaf, mute, elsewhere []string
	for _, s := range services {
		switch {
		case s.Address && every(areas, StubArea):
			mute = append(mute, s.Name)
		case s.Scope.Kind == service.ScopeAS && closed(areas):
			deaf = append(deaf, s.Name)
		case s.Scope.Kind == service.ScopeArea && areas[routerid.ID(s.Scope.Area).String()] == "":
			elsewhere = append(elsewhere, s.Name)
		}
	}
	var texts []string
	if len(mute) > 0 {
		texts = append(texts, fmt.Sprintf("no external route leaves %s, so the addresses of %s cannot be announced: "+
			"make the area normal or an NSSA", names(areas), few(mute)))
	}
	if len(deaf) > 0 {
		texts = append(texts, fmt.Sprintf("records of AS scope neither enter nor leave %s, so this node and those outside could not hear of each other's %s: "+
			"make the area normal, give this node a link in a normal area, or, if all its nodes are in this area, set its scope to {area: %s}",
			names(areas), few(deaf), slices.Min(slices.Collect(maps.Keys(areas)))))
	}
	if len(elsewhere) > 0 {
		texts = append(texts, fmt.Sprintf("this node has no link in the area that is the scope of %s, only in %s", few(elsewhere), names(areas)))
	}
	if texts == nil {
		return nil
	}
	return fmt.Errorf("%s", strings.Join(texts, "; "))
}

// closed reports that no area of this node is normal.
func closed(areas map[string]AreaKind) bool {
	for _, kind := range areas {
		if kind == NormalArea {
			return false
		}
	}
	return len(areas) > 0
}

func every(areas map[string]AreaKind, want AreaKind) bool {
	for _, kind := range areas {
		if kind != want {
			return false
		}
	}
	return len(areas) > 0
}

func names(areas map[string]AreaKind) string {
	var all []string
	for _, id := range slices.Sorted(maps.Keys(areas)) {
		all = append(all, fmt.Sprintf("area %s (%s)", id, areas[id]))
	}
	return strings.Join(all, ", ")
}

// few names some of many services.
func few(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// mostRouters is how many routers fit into one message of ospfd's API, 1,500 bytes. Of
// more it sends none, or the rest of them as if it were all (FRR 8 to 10, read in its source).
const mostRouters = 374

// SizeFault says that ospfd cannot tell which nodes it reaches; nil: it can. A node that
// believed it all the same would start what the others run.
func (p *Process) SizeFault() error {
	routers := -1 // itself is not in the list
	for _, a := range p.Areas {
		routers += a.Routers
	}
	if routers <= mostRouters {
		return nil
	}
	return fmt.Errorf("ospfd knows %d other routers and its API can tell of at most %d, so it is not known which nodes can be reached: "+
		"make the areas of this node smaller", routers, mostRouters)
}

func areaChecks(f Facts, e Expect) []Finding {
	r := Finding{Name: "areas", Level: OK, Is: names(f.Areas)}
	if err := AreaFault(f.Areas, e.Scopes); err != nil {
		r.Level, r.Want = Fail, "an area that lets records and addresses of this node's services pass"
		r.Gain = err.Error()
	}
	if err := f.OSPF.SizeFault(); err != nil {
		return []Finding{r, {
			Name: "routers", Level: Fail, Is: err.Error(), Want: fmt.Sprintf("at most %d", mostRouters),
			Gain: "a node that can be reached does not count as dead",
		}}
	}
	return []Finding{r}
}
