package cli

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

// reconnectPause is between two attempts to reach a daemon that has gone.
const reconnectPause = time.Second

func (a *app) watch() *cobra.Command {
	return &cobra.Command{
		Use: "watch", Short: "status, live",
		Long: `Shows what status shows and draws it anew with every change, until Ctrl-C. If the
daemon goes away, it waits for the next one. When the output is no terminal,
every change is printed below the last one; with -o json as a line of its own.`,
		Example: `  srrctl watch
  srrctl watch -o json | jq -c '[.services[] | {name, on: [.instances[] | select(.state == "active/started") | .node]}]'`,
		Args: args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.format == formatJSON || !a.OutTerminal {
				return a.watchLines(cmd.Context())
			}
			return a.watchScreen(cmd.Context())
		},
	}
}

func (a *app) watchLines(ctx context.Context) error {
	for s, err := range a.client.Watch(ctx) {
		if err != nil {
			return err
		}
		if a.format == formatJSON {
			err = writeJSON(a.Out, s, "")
		} else {
			a.print.line(in(faint, "--- "+a.print.clock(s.At, a.Now())))
			err = a.printStatus(&s, s.Problems())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// view is what the screen shows: the last snapshot, and why there is no newer.
type view struct {
	snapshot *api.Snapshot
	at       time.Time // when it came
	err      error
}

func (a *app) watchScreen(ctx context.Context) error {
	fmt.Fprint(a.Out, "\x1b[?1049h\x1b[?25l") // alternate screen, no cursor
	defer fmt.Fprint(a.Out, "\x1b[?25h\x1b[?1049l")
	views := make(chan view)
	go a.receive(ctx, views)
	second := time.NewTicker(time.Second) // ages grow
	defer second.Stop()
	var v view
	for {
		select {
		case <-ctx.Done():
			return nil
		case next := <-views:
			if next.snapshot == nil {
				next.snapshot, next.at = v.snapshot, v.at
			}
			v = next
		case <-second.C:
		}
		a.draw(v)
	}
}

// receive sends every snapshot, and errors in between, until ctx ends.
func (a *app) receive(ctx context.Context, views chan<- view) {
	send := func(v view) {
		select {
		case views <- v:
		case <-ctx.Done():
		}
	}
	for ctx.Err() == nil {
		for s, err := range a.client.Watch(ctx) {
			if err != nil {
				send(view{err: err})
				break
			}
			send(view{snapshot: &s, at: time.Now()})
		}
		select {
		case <-ctx.Done():
		case <-time.After(reconnectPause):
		}
	}
}

func (a *app) draw(v view) {
	var buf bytes.Buffer
	p := a.print
	p.w = &buf
	if v.err != nil {
		p.line(in(red, v.err.Error()))
	}
	if v.snapshot != nil {
		s := *v.snapshot
		s.At = s.At.Add(time.Since(v.at))
		screen := *a
		screen.print = p
		_ = screen.printStatus(&s, s.Problems())
	}
	rows := 0
	if a.Rows != nil {
		rows = a.Rows()
	}
	fmt.Fprint(a.Out, "\x1b[H", fit(buf.String(), rows), "\x1b[J")
}

// fit cuts text to a number of rows and clears the rest of each; 0: all.
func fit(s string, rows int) string {
	var b bytes.Buffer
	n := 0
	for line := range bytes.Lines([]byte(s)) {
		n++
		if rows > 0 && n >= rows {
			b.WriteString("...\x1b[K")
			break
		}
		b.Write(bytes.TrimSuffix(line, []byte("\n")))
		b.WriteString("\x1b[K\r\n")
	}
	return b.String()
}
