package frr

import (
	"context"
	"fmt"
	"slices"
)

const tagLine = "set tag "

// Tags that Touch puts into the announcements, in turn (external route tag, RFC
// 2328, A.4.5). They mean nothing.
const (
	firstTag  = 1
	secondTag = 2
)

// Touch has ospfd originate everything anew that it announces with BaseMetric, with
// another tag. A router takes the paths of external routes anew a second after the
// topology has changed (ospfd 8.4.4, not configurable), but that of a changed
// external LSA at once. ErrForeign if the redistribution is the operator's.
func (r *Redistributor) Touch(ctx context.Context) error {
	if err := r.take(ctx); err != nil {
		return err
	}
	defer r.leave()
	is, err := r.read(ctx)
	switch {
	case err != nil:
		return err
	case !is.ours():
		return fmt.Errorf("touch the announcements: %w", ErrForeign)
	}
	entries := is.baseEntries()
	if n := len(entries); n == 0 || entries[n-1].seq != BaseMetric {
		return fmt.Errorf("touch the announcements: route-map %s is not what it was made", name)
	}
	tag := firstTag
	if slices.Contains(entries[0].lines, fmt.Sprint(tagLine, firstTag)) {
		tag = secondTag
	}
	var lines []string
	for _, e := range entries {
		lines = append(lines, entryLines(e.seq, fmt.Sprint(tagLine, tag))...)
	}
	return r.write(ctx, lines)
}
