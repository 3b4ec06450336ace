package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

// verb describes one command that changes something.
type verb struct {
	verb    api.Verb
	use     string
	short   string
	long    string
	example string
	args    []string
	yes     bool // takes --yes; only confirm-stopped asks without it
	until   bool
}

// verbOptions are the flags of a verb.
type verbOptions struct {
	request api.Request
	until   string
}

// command makes the command of a verb; fill puts the arguments into the request.
func (a *app) command(v verb, complete cobra.CompletionFunc, fill func(r *api.Request, given []string) error) *cobra.Command {
	o := &verbOptions{request: api.Request{Verb: v.verb}}
	cmd := &cobra.Command{
		Use: v.use, Short: v.short, Long: v.long, Example: v.example,
		Args: args(v.args...), ValidArgsFunction: complete,
	}
	f := cmd.Flags()
	f.StringVar(&o.request.Reason, "reason", "", "why, for the journal and the other operators, at most 64 bytes")
	if v.yes {
		f.BoolVarP(&o.request.Confirmed, "yes", "y", false, "do it without asking")
		if v.verb != api.ConfirmStopped {
			_ = f.MarkHidden("yes")
		}
	}
	if v.until {
		f.StringVar(&o.until, "until", "", "`WHEN` the wish ends: 8h, 3d, 18:30, a date; default: 8h after it began")
	}
	switch v.verb {
	case api.Drain, api.Shutdown:
		f.BoolVar(&o.request.StopRest, "stop", false, "stop the services that no other node can run")
	case api.ReloadConfig:
		f.BoolVar(&o.request.Pending, "pending", false, "put off what can change only while a service is inactive")
	}
	cmd.RunE = func(cmd *cobra.Command, given []string) error {
		if err := fill(&o.request, given); err != nil {
			return a.usage(err)
		}
		if o.until != "" {
			t, err := parseWhen(o.until, a.Now(), a.Zone, +1)
			if err != nil {
				return a.usage(err)
			}
			o.request.Until = t
		}
		return a.do(cmd.Context(), o.request)
	}
	return cmd
}

// do gives a command and asks the operator if the daemon wants that.
func (a *app) do(ctx context.Context, r api.Request) error {
	r.OnBehalf = a.onBehalf()
	reply, err := a.client.Do(ctx, r)
	if refusal, ok := errors.AsType[*api.Refusal](err); ok && refusal.NeedsYes && !r.Confirmed && a.InTerminal {
		if !a.confirm(refusal) {
			return errors.New("not confirmed; nothing was done")
		}
		r.Confirmed = true
		reply, err = a.client.Do(ctx, r)
	}
	if err != nil && ctx.Err() != nil {
		return errors.New("interrupted before the answer; srrctl status tells whether it was done")
	}
	if err != nil {
		return err
	}
	return a.answer(reply)
}

// onBehalf is who became root to ask.
func (a *app) onBehalf() string {
	if sudo := a.Getenv("SUDO_USER"); sudo != "root" {
		return sudo
	}
	return ""
}

// answer prints what was accepted.
func (a *app) answer(reply api.Reply) error {
	if a.format == formatJSON {
		return writeJSON(a.Out, reply, "  ")
	}
	a.print.line(text(reply.Text))
	for _, w := range reply.Warnings {
		a.print.line(in(yellow, "warning: "), text(w))
	}
	return nil
}

// confirm shows the risk and wants a whole word, because y is typed too easily.
func (a *app) confirm(r *api.Refusal) bool {
	fmt.Fprintln(a.Err, escape(r.Text))
	for _, l := range r.List {
		fmt.Fprintf(a.Err, "  - %s\n", escape(l))
	}
	fmt.Fprint(a.Err, `Type "yes" to go on: `)
	line, err := bufio.NewReader(io.LimitReader(a.In, 64)).ReadString('\n')
	return (err == nil || errors.Is(err, io.EOF)) && strings.TrimSpace(line) == "yes"
}
