package discovery

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of texts, in bytes.
const (
	maxName     = 32 // services, groups
	maxNodeName = 64
	maxSoftware = 32
	maxFailure  = 120
	maxAuthor   = 32
	maxReason   = 64
	maxLink     = 15 // IFNAMSIZ - 1
)

// tidyText makes s fit to be flooded: valid UTF-8 that a terminal prints as
// it is, at most limit bytes, cut between characters.
func tidyText(s string, limit int) string {
	if len(s) > limit*utf8.UTFMax {
		s = s[:limit*utf8.UTFMax] // never walk through a whole log file
	}
	s = strings.Map(func(c rune) rune {
		if c == utf8.RuneError || !unicode.IsPrint(c) {
			return '?'
		}
		return c
	}, s)
	if len(s) <= limit {
		return s
	}
	cut := limit
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut]
}

// checkText refuses what tidyText would have changed: it would reach logs and terminals.
func checkText(what, s string, limit int) error {
	if len(s) > limit {
		return fmt.Errorf("%s of %d bytes, at most %d", what, len(s), limit)
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return fmt.Errorf("%s %q: cannot be printed", what, s)
	}
	return nil
}

// checkName refuses anything but ^[a-z0-9][a-z0-9_-]{0,31}$: names are keys, and
// become parts of file and unit names.
func checkName(what, s string) error {
	ok := len(s) >= 1 && len(s) <= maxName && s[0] != '_' && s[0] != '-'
	for i := 0; ok && i < len(s); i++ {
		c := s[i]
		ok = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-'
	}
	if !ok {
		return fmt.Errorf("%s %.40q: want ^[a-z0-9][a-z0-9_-]{0,31}$", what, s)
	}
	return nil
}

// checkLink refuses what the kernel does not take as an interface name.
func checkLink(s string) error {
	bad := func(c rune) bool { return c <= ' ' || c > '~' || c == '/' || c == ':' }
	if len(s) == 0 || len(s) > maxLink || s == "." || s == ".." || strings.ContainsFunc(s, bad) {
		return fmt.Errorf("interface %.40q: not a name", s)
	}
	return nil
}

// lastSecond is the end of the year 9999; JSON cannot write a later time.
const lastSecond = 253402300799

// seconds is how times go on the wire: whole seconds since 1970, 0 for none.
func seconds(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(t.Unix())
}

func fromSeconds(s uint64) (time.Time, error) {
	if s == 0 {
		return time.Time{}, nil
	}
	if s > lastSecond {
		return time.Time{}, fmt.Errorf("time %d: after the year 9999", s)
	}
	return time.Unix(int64(s), 0).UTC(), nil
}

func checkTime(t time.Time) error {
	if !t.IsZero() && (t.Unix() <= 0 || t.Unix() > lastSecond) {
		return errors.New("not between 1970 and 9999")
	}
	return nil
}

// milliseconds is how durations go on the wire. It rounds up: a guarantee must
// not become shorter on the way.
func milliseconds(d time.Duration) uint32 {
	return uint32((d + time.Millisecond - 1) / time.Millisecond)
}

func checkDuration(what string, d time.Duration) error {
	if d < 0 || d > (1<<32-1)*time.Millisecond {
		return fmt.Errorf("%s %s: want 0 to 49 days", what, d)
	}
	return nil
}
