package cli

import (
	"context"

	"github.com/spf13/cobra"

	"srr/internal/version"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "The versions of srrctl and of the daemon",
		Long:    "Prints the version of srrctl and, if it answers, that of the daemon.",
		Example: "  srrctl version",
		Args:    args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), completionTimeout)
			defer cancel()
			daemon := ""
			s, err := a.client.Snapshot(ctx)
			if err == nil {
				daemon = s.Software
			}
			if a.format == formatJSON {
				return writeJSON(a.Out, map[string]string{"srrctl": version.Version(), "srrd": daemon}, "  ")
			}
			a.print.line(text("srrctl " + version.Version()))
			if err != nil {
				daemon = "does not answer: " + err.Error()
			}
			a.print.line(text("srrd   " + daemon))
			return nil
		},
	}
}
