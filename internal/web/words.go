package web

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"srr/internal/api"
)

// when is a moment: the script of the page makes "9 min ago" of it, and keeps it true.
func when(t time.Time) template.HTML {
	if t.IsZero() {
		return `<span class="faint">unknown</span>`
	}
	u := t.UTC()
	return template.HTML(`<time datetime="` + u.Format(time.RFC3339Nano) + `">` + clock(u) + `</time>`)
}

func iso(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func timeOfDay(t time.Time) string { return t.UTC().Format("15:04:05.000Z") }

// took is a duration to three digits or so.
func took(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	case d < 10*time.Second:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// secondsText is a duration for people.
func secondsText(s float64) string {
	d := time.Duration(s * float64(time.Second))
	if d == 0 {
		return ""
	}
	return took(d)
}

// stateClass colors a state: ok, busy, bad, ready or off.
func stateClass(i *api.Instance) string {
	config, run, _ := strings.Cut(i.State, "/")
	switch {
	case i.Hold == api.Unknown:
		return "warn"
	case i.Runs():
		return "ok"
	case strings.HasPrefix(run, "failed"), config == "failed":
		return "bad"
	case run == "starting", run == "stopping":
		return "busy"
	case config == "active" && run == "stopped":
		return "ready"
	}
	return "off"
}

func healthClass(h string) string {
	return map[string]string{"up": "ok", "down": "bad", "unknown": "warn"}[h]
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if stem, ok := strings.CutSuffix(what, "y"); ok {
		what = stem + "ie"
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func article(noun string) string {
	if strings.ContainsAny(noun[:min(1, len(noun))], "aeio") {
		return "an " + noun
	}
	return "a " + noun
}

// titled begins with a capital letter.
func titled(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// cut shortens s to at most n bytes at the start of a rune.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}

// splitState gives the two halves of a state.
func splitState(s string) (config, run string) {
	config, run, _ = strings.Cut(s, "/")
	return config, run
}

// splitScope gives kind and area of "area 0.0.0.1".
func splitScope(s string) (kind, area string) {
	kind, area, _ = strings.Cut(s, " ")
	return kind, area
}

// costWord is the cost of a line, in both directions if they differ.
func costWord(there, back uint32) string {
	if there == back || back == 0 || there == 0 {
		return strconv.FormatUint(uint64(max(there, back)), 10)
	}
	return fmt.Sprintf("%d/%d", there, back)
}
