package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

// whatIfWords are what what-if can be asked about.
var whatIfWords = []string{
	"power-off", "power-on", "router-off", "link-down", "site-off", "partition", "fail", "kill", "pause", "suspend", "config", "do",
	"move", "unmove", "start", "stop", "run", "activate", "deactivate", "enable", "disable", "restart", "reload",
	"check", "clear", "confirm-stopped", "drain", "undrain", "maintenance", "shutdown", "detach",
}

// What each word takes, one after the other; the last goes on.
var whatIfArguments = map[string][]func(*api.Snapshot) []string{
	"power-off": {nodeNames}, "power-on": {nodeNames}, "link-down": {nodeNames}, "partition": {nil, nodeNames},
	"fail": {allServices, fixed("on"), nodeNames, nil}, "kill": {nodeNames, fixed("srrd", "ospfd"), fixed("never"), nil},
	"pause": {nodeNames, nil}, "suspend": {nodeNames, nil}, "do": {nodeNames, fixed(whatIfWords[12:]...), unitNames, nodeNames, nil},
	"move": {unitNames, nodeNames, nil}, "unmove": {unitNames, nil}, "start": {unitNames, nil}, "stop": {unitNames, nil}, "run": {unitNames, nil},
	"activate": {allServices, nil}, "deactivate": {allServices, nil}, "enable": {allServices, nil}, "disable": {allServices, nil},
	"restart": {allServices, nil}, "reload": {allServices, nil}, "check": {allServices, nil}, "clear": {allServices, nil},
	"confirm-stopped": {nodeNames, allServices, nil}, "maintenance": {fixed("on", "off"), nil},
}

func fixed(words ...string) func(*api.Snapshot) []string {
	return func(*api.Snapshot) []string { return words }
}

func allServices(s *api.Snapshot) []string { return serviceNames(s, false) }

func (a *app) completeWhatIf(_ *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(given) == 0 {
		return whatIfWords, cobra.ShellCompDirectiveNoFileComp
	}
	if given[0] == "config" && len(given) == 1 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	takes := whatIfArguments[given[0]]
	if len(takes) == 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	pick := takes[min(len(given), len(takes))-1]
	if pick == nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.complete(func(s *api.Snapshot) []string {
		return slices.DeleteFunc(slices.Clone(pick(s)), func(w string) bool { return slices.Contains(given[1:], w) })
	})
}
