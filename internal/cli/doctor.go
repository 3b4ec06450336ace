package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

func (a *app) doctor() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "What around the daemon is wrong or could be better",
		Long: `Checks what the daemon depends on: the routing daemons, their timers and
interfaces, units that should not start at boot, and so on. Each finding says
what was found, what should be, what the change gains, and the lines to enter.
The exit code is 5 if something is bad.`,
		Example: `  srrctl doctor`,
		Args:    args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			checks, err := a.client.Doctor(cmd.Context())
			if err != nil {
				return err
			}
			if a.format == formatJSON {
				err = writeJSON(a.Out, checks, "  ")
			} else {
				a.print.printChecks(checks)
			}
			for _, c := range checks {
				if err == nil && c.Result == api.CheckBad {
					err = errDegraded
				}
			}
			return err
		},
	}
}

var checkStyle = map[string]style{api.CheckOK: green, api.CheckAdvice: yellow, api.CheckBad: red, api.CheckUnknown: yellow}

func (p *printer) printChecks(checks []api.Check) {
	for _, c := range checks {
		label := c.Result + strings.Repeat(" ", max(0, 9-len(c.Result)))
		p.line(in(checkStyle[c.Result], label), in(bold, c.Name), text(strings.TrimRight(": "+c.Found, ": ")))
		if c.Result == api.CheckOK {
			continue
		}
		for _, f := range [][2]string{{"want", c.Want}, {"gains", c.Gain}} {
			if f[1] != "" {
				p.line(in(faint, "         "+f[0]+": "), text(f[1]))
			}
		}
		if c.Fix == "" {
			continue
		}
		p.line(in(faint, "         enter:"))
		for line := range strings.SplitSeq(c.Fix, "\n") {
			p.line(text("           " + line))
		}
	}
}
