package cli

import (
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

func (a *app) availability() *cobra.Command {
	return &cobra.Command{
		Use: "availability", Short: "For how long each service was served, in 30 and 365 days",
		Long: `Prints for how long this node has seen each service served, in percent of the last
30 and 365 days, today included, with the class: the number of nines. Planned work
is apart: what an operator stopped, and maintenance or draining of all nodes that
offer a service. SEEN is how much of these days this node has seen.`,
		Example: `  srrctl availability
  srrctl availability -o json | jq -r '.[] | select(.month.class < 4) | .service'`,
		Args: args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			served, err := a.client.Served(cmd.Context())
			if err != nil {
				return err
			}
			if a.format == formatJSON {
				return writeJSON(a.Out, served, "  ")
			}
			rows := [][]cell{head("SERVICE", "30 DAYS", "CLASS", "DOWN", "PLANNED", "SEEN", "365 DAYS", "CLASS", "DOWN", "PLANNED", "SEEN")}
			for i := range served {
				row := append([]cell{in(bold, served[i].Service)}, shareCells(&served[i].Month)...)
				rows = append(rows, append(row, shareCells(&served[i].Year)...))
			}
			a.print.table(rows...)
			return nil
		},
	}
}

func shareCells(s *api.ServedShare) []cell {
	percent, class := "not known", ""
	if s.Percent != nil && s.Class != nil {
		percent, class = s.PercentWord(), strconv.Itoa(*s.Class)
	}
	return []cell{text(percent), text(class), text(spanOf(s.DownSeconds)), text(spanOf(s.PlannedSeconds)), text(spanOf(s.SeenSeconds()))}
}

func spanOf(seconds float64) string {
	if seconds < 1 {
		return took(seconds)
	}
	return short(time.Duration(seconds * float64(time.Second)))
}
