package cli

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

// completionTimeout is how long a shell waits for words.
const completionTimeout = time.Second

// completable is what may be put on a command line; names come from other nodes.
var completable = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)

// complete offers the words that pick finds in the snapshot; none if the
// daemon does not answer.
func (a *app) complete(pick func(*api.Snapshot) []string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(context.Background(), completionTimeout)
	defer cancel()
	c, err := a.connect()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer c.Close()
	s, err := c.Snapshot(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var words []string
	for _, w := range pick(&s) {
		if completable.MatchString(w) {
			words = append(words, w)
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) completeServices(_ *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(given) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.complete(func(s *api.Snapshot) []string { return serviceNames(s, false) })
}

func (a *app) completeLocalServices(_ *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(given) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.complete(func(s *api.Snapshot) []string { return serviceNames(s, true) })
}

func (a *app) completeUnits(_ *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(given) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.complete(unitNames)
}

func unitNames(s *api.Snapshot) []string {
	var words []string
	for i := range s.Units {
		word := s.Units[i].Name
		if _, err := s.FindUnit(word); err != nil {
			word = s.Units[i].Word()
		}
		words = append(words, word)
	}
	return words
}

func (a *app) completeNodes(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return a.complete(nodeNames)
}

func nodeNames(s *api.Snapshot) []string {
	var words []string
	for i := range s.Nodes {
		words = append(words, s.Nodes[i].Title())
	}
	return words
}

func (a *app) completeUnitThenNode(cmd *cobra.Command, given []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(given) == 1 {
		return a.completeNodes(cmd, given, word)
	}
	return a.completeUnits(cmd, given, word)
}

func (a *app) completeNodeThenService(cmd *cobra.Command, given []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(given) == 0 {
		return a.completeNodes(cmd, given, word)
	}
	return a.completeServices(cmd, given[1:], word)
}

func serviceNames(s *api.Snapshot, localOnly bool) []string {
	var names []string
	for i := range s.Services {
		if s.Services[i].Local || !localOnly {
			names = append(names, s.Services[i].Name)
		}
	}
	return names
}

func (a *app) completion() *cobra.Command {
	return offline(&cobra.Command{
		Use: "completion bash|zsh|fish", Short: "Print a script that completes commands, services and nodes",
		Long: "Prints a completion script for a shell. Names of services and nodes come from the\nrunning daemon.",
		Example: `  srrctl completion bash >/etc/bash_completion.d/srrctl
  srrctl completion zsh >/usr/local/share/zsh/site-functions/_srrctl
  srrctl completion fish >~/.config/fish/completions/srrctl.fish`,
		Args:              args("bash|zsh|fish"),
		ValidArgsFunction: cobra.FixedCompletions([]string{"bash", "zsh", "fish"}, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, given []string) error {
			root := cmd.Root()
			switch given[0] {
			case "bash":
				return root.GenBashCompletionV2(a.Out, true)
			case "zsh":
				return root.GenZshCompletion(a.Out)
			case "fish":
				return root.GenFishCompletion(a.Out, true)
			}
			return a.usage(fmt.Errorf("no completion for %q: there are bash, zsh and fish", given[0]))
		},
	})
}
