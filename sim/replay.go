package sim

import (
	"context"
	"fmt"
	"io"
	"time"

	"srr/sim/host"
	"srr/sim/property"
	"srr/sim/script"
)

// afterScript is how long a script's cluster goes on after its last command.
const afterScript = 2 * time.Minute

// Replay runs a script for a person: what a plan prints, or what somebody wrote.
// It watches every safety property, and reports whether all held.
func Replay(ctx context.Context, text string, out io.Writer) (bool, error) {
	steps, err := script.ParseSteps(text)
	if err != nil {
		return false, err
	}
	watch := property.New()
	w := script.New(0, func(e *host.Effect) {
		fmt.Fprintln(out, e)
		watch.See(e)
	})
	watch.Begin(w)
	tell := func(text string) { say(out, w, text) }
	w.Replies = func(line, reply string) { tell("  " + line + ": " + reply) }
	w.Steps = func(s script.Step) { tell("> " + s.Text) }
	end := afterScript
	if len(steps) > 0 {
		end += steps[len(steps)-1].At
	}
	if err := w.Run(steps, end, func() bool { return watch.Failed() || ctx.Err() != nil }); err != nil {
		return false, err
	}
	for _, v := range watch.Violations {
		tell("! " + v.String())
	}
	return !watch.Failed() && ctx.Err() == nil, nil
}
