package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// parseSpan reads a duration; days may be given as "3d".
func parseSpan(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("read %q as a duration", s)
	}
	return d, nil
}

// parseWhen reads a moment: a duration from now in the given direction, a time
// of day (the next or the last one), or date and time.
func parseWhen(s string, now time.Time, zone *time.Location, direction int) (time.Time, error) {
	if d, err := parseSpan(s); err == nil {
		return now.Add(time.Duration(direction) * d), nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	local := now.In(zone)
	for _, layout := range []string{"15:04", "15:04:05"} {
		c, err := time.ParseInLocation(layout, s, zone)
		if err != nil {
			continue
		}
		t := time.Date(local.Year(), local.Month(), local.Day(), c.Hour(), c.Minute(), c.Second(), 0, zone)
		if direction > 0 && !t.After(now) {
			t = t.AddDate(0, 0, 1)
		}
		if direction < 0 && t.After(now) {
			t = t.AddDate(0, 0, -1)
		}
		return t, nil
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("read %q as a time: want 90m, 8h, 3d, 18:30, 2026-12-31 18:30 or RFC 3339", s)
}
