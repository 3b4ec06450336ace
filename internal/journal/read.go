package journal

import (
	"context"
	"fmt"
	"iter"
	"os"
)

// readChunk is how many events a reader takes from memory at once.
const readChunk = 256

// Events yields the events that q selects, oldest first, from the disk and
// then from memory; with q.Follow it goes on until ctx ends. An error is the
// last thing that it yields. A reader holds nothing but its place (and with
// q.Limit that many events), so that a slow one costs nothing: what it missed
// in memory it reads from the disk.
func (l *Log) Events(ctx context.Context, q Query) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		r := reader{log: l, q: q, next: q.After + 1}
		switch n := min(q.Limit, MaxLimit); {
		case n > 0 && q.Node == "" && q.Service == "" && q.Since.IsZero():
			// Sequences are consecutive, but for what a full disk has lost: what is
			// older need not be read.
			r.next = max(r.next, l.before(uint64(n)))
		case n > 0 && !r.newest(ctx, n, yield):
			return
		}
		r.read(ctx, q.Follow, yield)
	}
}

type reader struct {
	log  *Log
	q    Query
	next uint64 // sequence of the next event to look at
}

// newest yields the last n events of the past, and reports whether to go on.
func (r *reader) newest(ctx context.Context, n int, yield func(Event, error) bool) bool {
	kept := make([]Event, 0, min(n, readChunk))
	seen := 0
	failed := false
	r.read(ctx, false, func(e Event, err error) bool {
		switch {
		case err != nil:
			failed = true
			yield(Event{}, err)
			return false
		case len(kept) < n:
			kept = append(kept, e)
		default:
			kept[seen%n] = e
		}
		seen++
		return true
	})
	for i := range kept {
		if failed || !yield(kept[(seen+i)%len(kept)], nil) {
			return false
		}
	}
	return !failed && r.q.Follow
}

func (r *reader) read(ctx context.Context, follow bool, yield func(Event, error) bool) {
	for ctx.Err() == nil {
		events, begins, arrived := r.log.inMemory(r.next, readChunk)
		switch {
		case r.next < begins:
			if !r.fromDisk(ctx, begins, yield) {
				return
			}
			r.next = max(r.next, begins)
		case len(events) > 0:
			for _, e := range events {
				r.next = e.Sequence + 1
				if r.q.matches(&e) && !yield(e, nil) {
					return
				}
			}
		case !follow:
			return
		default:
			select {
			case <-ctx.Done():
			case <-arrived:
			}
		}
	}
}

// fromDisk yields what the files hold below sequence end.
func (r *reader) fromDisk(ctx context.Context, end uint64, yield func(Event, error) bool) bool {
	list, err := segments(r.log.dir)
	if err != nil {
		yield(Event{}, fmt.Errorf("read the event log: %w", err))
		return false
	}
	for i, s := range list {
		older := i+1 < len(list) && list[i+1].first <= r.next
		if s.first >= end || older || r.beforeSince(s.path) {
			continue
		}
		stopped := false
		_, more, err := readSegment(s.path, r.next-1, func(e Event) bool {
			if e.Sequence >= end || ctx.Err() != nil {
				return false
			}
			r.next = e.Sequence + 1
			stopped = r.q.matches(&e) && !yield(e, nil)
			return !stopped
		})
		switch {
		case err != nil:
			yield(Event{}, fmt.Errorf("read the event log: %w", err))
			return false
		case stopped || ctx.Err() != nil:
			return false
		case !more:
			return true
		}
	}
	return true
}

// beforeSince reports whether a file was last written before all that is asked for.
func (r *reader) beforeSince(path string) bool {
	if r.q.Since.IsZero() {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.ModTime().Before(r.q.Since)
}
