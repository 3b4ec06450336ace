package notify

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"strings"
	"time"
)

// compose writes the mail (RFC 5322): everything but the body's text is ASCII, and
// no text of anybody else ends a header.
func (x *Mail) compose(m Message) []byte {
	var b bytes.Buffer
	_, domain, _ := strings.Cut(x.From, "@")
	for _, h := range [][2]string{
		{"From", x.From},
		{"To", strings.Join(x.To, ",\r\n ")},
		{"Subject", folded(mime.QEncoding.Encode("utf-8", clean(fmt.Sprintf("[%s] %s", m.Cluster, m.Summary()))))},
		{"Date", m.At.Format(time.RFC1123Z)},
		{"Message-ID", fmt.Sprintf("<%s@%s>", rand.Text(), domain)},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
		{"Auto-Submitted", "auto-generated"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	_, _ = q.Write([]byte(body(m))) // a buffer takes everything
	_ = q.Close()
	return b.Bytes()
}

// folded begins a line for each encoded word (RFC 2047, section 2).
func folded(s string) string { return strings.ReplaceAll(s, "?= =?", "?=\r\n =?") }

// body is the message for people.
func body(m Message) string {
	var b strings.Builder
	for i := range m.Notices {
		n := &m.Notices[i]
		fmt.Fprintf(&b, "%s  %s\n", n.At.UTC().Format("2006-01-02 15:04:05Z"), n)
		if n.Advice != "" {
			fmt.Fprintf(&b, "    %s\n", n.Advice)
		}
	}
	if m.Lost > 0 {
		fmt.Fprintf(&b, "\n%d older notices are missing: they could not be delivered.\n", m.Lost)
	}
	fmt.Fprintf(&b, "\nTold by node %s (%s) of cluster %s.\nOn any node: srrctl status\n", m.Node, m.ID, m.Cluster)
	return b.String()
}
