package vty

import (
	"bytes"
	"net"
	"testing"
)

// FuzzAnswer: whatever a daemon sends, and in whatever pieces, reading it ends, with
// an answer that was sent, or an error.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte("Hello\n\x00\x00\x00\x00"), uint8(3))
	f.Add([]byte("% Unknown command\x00\x00\x00\x02"), uint8(200))
	f.Add([]byte("\x00\x00\x00"), uint8(1))
	f.Add([]byte("a\x00\x00\x00\x00b\x00\x00\x00\x0d"), uint8(7))
	f.Fuzz(func(t *testing.T, sent []byte, piece uint8) {
		here, there := net.Pipe()
		go func() {
			defer there.Close()
			one := make([]byte, 64)
			if _, err := there.Read(one); err != nil { // the command
				return
			}
			for rest := sent; len(rest) > 0; {
				n := min(int(piece)+1, len(rest))
				if _, err := there.Write(rest[:n]); err != nil {
					return
				}
				rest = rest[n:]
			}
		}()
		s := newSession(t.Context(), here, OSPFd, 1<<10)
		out, err := s.run("show version")
		s.close()
		if err == nil && !bytes.HasPrefix(sent, append(out, 0, 0, 0)) {
			t.Errorf("%q from %q", out, sent)
		}
	})
}
