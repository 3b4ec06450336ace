package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"srr/internal/api"
	"srr/internal/identity"
)

const loginLong = `Lets somebody use the console of this node whose browser can show no certificate:
with a token, once, for a session that ends. It takes root on the node, or the
certificate of an administrator. Tokens and sessions are in the memory of srrd: its
restart ends them.`

// login is srrctl login.
func (a *app) login() *cobra.Command {
	c := &cobra.Command{
		Use: "login COMMAND", Short: "Let somebody log in to the console without a certificate", Long: loginLong,
		Example: `  srrctl login new anna --role operator
  srrctl login list
  srrctl login end anna`,
		Args: args("COMMAND"),
		RunE: func(_ *cobra.Command, given []string) error {
			return a.usage(fmt.Errorf("no command %q: there are new, list and end", given[0]))
		},
	}
	c.AddCommand(a.loginNew(), a.loginList(), a.loginEnd())
	for _, sub := range c.Commands() {
		sub.DisableFlagsInUseLine = true
	}
	return c
}

func (a *app) loginNew() *cobra.Command {
	role, valid, session := "", "", ""
	c := &cobra.Command{
		Use: "new NAME --role ROLE [--valid LONG] [--session LONG]", Short: "Make a token for the login page, good once",
		Long: `Makes a token that is good once, on the login page of the console of this node. Who
has it is that user: give it to nobody else. What they do is written down under
NAME, with who made the token.`,
		Example: "  srrctl login new anna --role operator --valid 15m --session 8h",
		Args:    args("NAME"),
		RunE: func(cmd *cobra.Command, given []string) error {
			req, err := loginRequest(given[0], role, valid, session)
			if err != nil {
				return a.usage(err)
			}
			req.OnBehalf = a.onBehalf()
			t, err := a.client.NewLogin(cmd.Context(), req)
			if err != nil {
				return err
			}
			if a.format == formatJSON {
				return writeJSON(a.Out, t, "  ")
			}
			page := t.Page
			if page == "" {
				page = "/login of the console"
			}
			a.print.line(text("At " + page + ", within " + valid + ", once:"))
			a.print.line(text("  " + t.Token))
			return nil
		},
	}
	c.Flags().StringVar(&role, "role", "", "`ROLE` of the user: viewer, operator or administrator")
	c.Flags().StringVar(&valid, "valid", "15m", "how `LONG` the token may be used")
	c.Flags().StringVar(&session, "session", "8h", "how `LONG` the session lasts then")
	return c
}

func loginRequest(name, role, valid, session string) (api.LoginRequest, error) {
	req := api.LoginRequest{Name: name, Role: role}
	r, err := identity.ParseRole(role)
	if err != nil {
		return req, fmt.Errorf("--role: %w", err)
	}
	if err := identity.CheckUser(name, r); err != nil {
		return req, err
	}
	if req.ValidSeconds, err = upToADay(valid); err != nil {
		return req, fmt.Errorf("--valid %w", err)
	}
	if req.SessionSeconds, err = upToADay(session); err != nil {
		return req, fmt.Errorf("--session %w", err)
	}
	return req, nil
}

func upToADay(text string) (seconds float64, err error) {
	span, err := parseSpan(text)
	if err != nil || span <= 0 || span > 24*time.Hour {
		return 0, fmt.Errorf("%.40s: want up to 24h", text)
	}
	return span.Seconds(), nil
}

func (a *app) loginList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Show the tokens that wait and the sessions", Long: "Shows the tokens that wait to be used, and the sessions.",
		Example: "  srrctl login list",
		Args:    args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := a.client.Logins(cmd.Context())
			if err != nil {
				return err
			}
			if a.format == formatJSON {
				return writeJSON(a.Out, list, "  ")
			}
			rows := [][]cell{head("NAME", "ROLE", "WHAT", "BY", "FROM", "ENDS")}
			for _, l := range list {
				what := "token"
				if l.Session != "" {
					what = "session " + l.Session
				}
				rows = append(rows, []cell{in(bold, l.Name), text(l.Role), text(what), text(l.By), text(l.From), text(a.print.moment(l.Expires, a.Now()))})
			}
			a.print.table(rows...)
			return nil
		},
	}
}

func (a *app) loginEnd() *cobra.Command {
	return &cobra.Command{
		Use: "end NAME", Short: "End all sessions and tokens of a user",
		Long: `Ends all sessions that began with a token for that user, and takes back the tokens.
What such a session shows live ends within ten seconds. Certificates are revoked by
srrctl ca revoke.`,
		Example: "  srrctl login end anna",
		Args:    args("NAME"),
		RunE: func(cmd *cobra.Command, given []string) error {
			reply, err := a.client.EndLogins(cmd.Context(), api.LoginEnd{Name: given[0], OnBehalf: a.onBehalf()})
			if err != nil {
				return err
			}
			return a.answer(reply)
		},
	}
}
