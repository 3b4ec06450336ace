package daemon

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// gate is a pipe that nobody reads until it is opened.
type gate struct {
	open chan struct{}
	got  bytes.Buffer
}

func (g *gate) Write(b []byte) (int, error) {
	<-g.open
	return g.got.Write(b)
}

func note(w io.Writer, lost int) { fmt.Fprintf(w, "%d lost\n", lost) }

func TestLinesNeverWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{open: make(chan struct{})}
		l := NewLines(g, note)
		fmt.Fprintln(l, "first")
		synctest.Wait() // it hangs at this one
		for i := range maxLines + 7 {
			fmt.Fprintln(l, "line", i)
		}
		if err := l.Close(time.Second); err == nil {
			t.Error("closed, though nobody reads")
		}
		close(g.open)
		<-l.done
		text := g.got.String()
		if !strings.HasPrefix(text, "first\nline 0\nline 1\n") || !strings.HasSuffix(text, fmt.Sprintf("line %d\n7 lost\n", maxLines-1)) {
			t.Errorf("got %d bytes: %.40q … %q", len(text), text, text[max(0, len(text)-40):])
		}
	})
}

func TestLinesAreWrittenAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		l := NewLines(&b, note)
		for i := range 100 {
			fmt.Fprintln(l, i)
		}
		if err := l.Close(time.Second); err != nil || strings.Count(b.String(), "\n") != 100 {
			t.Errorf("%v: %q", err, b.String())
		}
	})
}
