package cli

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// style is a color, as the parameter of SGR (ECMA-48, 8.3.117).
type style string

const (
	plain  style = ""
	bold   style = "1"
	faint  style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
)

// cell is one text in a table, with a color.
type cell struct {
	text  string
	style style
}

func text(s string) cell            { return cell{s, plain} }
func in(st style, s string) cell    { return cell{s, st} }
func textf(f string, v ...any) cell { return cell{fmt.Sprintf(f, v...), plain} }

// printer writes for people. Everything that it is given is escaped.
type printer struct {
	w     io.Writer
	color bool
	zone  *time.Location
}

func (p *printer) paint(st style, s string) string {
	if !p.color || st == plain || s == "" {
		return s
	}
	return "\x1b[" + string(st) + "m" + s + "\x1b[0m"
}

// line prints cells one after the other.
func (p *printer) line(cells ...cell) {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(p.paint(c.style, escape(c.text)))
	}
	fmt.Fprintln(p.w, strings.TrimRight(b.String(), " "))
}

// heading begins a part, after an empty line.
func (p *printer) heading(s string) {
	fmt.Fprintln(p.w)
	p.line(in(bold, s))
}

// table prints rows in columns as wide as their widest cell. The first row is
// the head.
func (p *printer) table(rows ...[]cell) {
	width := map[int]int{}
	for _, r := range rows {
		for i := range r {
			r[i].text = escape(r[i].text)
			if r[i].text == "" {
				r[i].text = "-"
			}
			width[i] = max(width[i], utf8.RuneCountInString(r[i].text))
		}
	}
	for n, r := range rows {
		var b strings.Builder
		for i, c := range r {
			if n == 0 {
				c.style = faint
			}
			b.WriteString(p.paint(c.style, c.text))
			if i < len(r)-1 {
				b.WriteString(strings.Repeat(" ", width[i]-utf8.RuneCountInString(c.text)+2))
			}
		}
		fmt.Fprintln(p.w, strings.TrimRight(b.String(), " "))
	}
}

// head makes the first row of a table.
func head(names ...string) []cell {
	r := make([]cell, len(names))
	for i, n := range names {
		r[i] = text(n)
	}
	return r
}

// clock prints a time of day, with the date if it is not that of now.
func (p *printer) clock(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	t, now = t.In(p.zone), now.In(p.zone)
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format(time.TimeOnly)
	}
	return t.Format(time.DateTime)
}

// age is how long something lasts, in its two largest units.
func age(from, to time.Time) string {
	if from.IsZero() {
		return ""
	}
	return short(to.Sub(from))
}

func short(d time.Duration) string {
	d = max(d, 0).Truncate(time.Second)
	days, hours := int(d.Hours())/24, int(d.Hours())%24
	minutes, seconds := int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case days >= 10:
		return fmt.Sprintf("%dd", days)
	case days > 0:
		return fmt.Sprintf("%dd%dh", days, hours)
	case hours > 0:
		return fmt.Sprintf("%dh%02dm", hours, minutes)
	case minutes >= 10:
		return fmt.Sprintf("%dm", minutes)
	case minutes > 0:
		return fmt.Sprintf("%dm%02ds", minutes, seconds)
	}
	return fmt.Sprintf("%ds", seconds)
}

// took prints seconds with a sensible unit.
func took(seconds float64) string {
	switch {
	case seconds <= 0:
		return ""
	case seconds < 1:
		return fmt.Sprintf("%.0f ms", seconds*1000)
	case seconds < 100:
		return fmt.Sprintf("%.1f s", seconds)
	}
	return short(time.Duration(seconds * float64(time.Second)))
}
