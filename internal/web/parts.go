package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"strings"
)

// A template marks each element that may be replaced alone:
//
//	{{part $id}}<tr id="{{$id}}">…</tr>{{endpart}}
//
// The marks are comments, and text from elsewhere cannot contain them, since
// html/template escapes it. Parts do not nest.
const (
	partBegin = "<!--part "
	partEnd   = "<!--/part-->"
)

func beginPart(id string) template.HTML { return template.HTML(partBegin + id + "-->") }

func endPart() template.HTML { return partEnd }

// partID makes an identifier from a kind and names, whatever is in them.
func partID(words ...string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte('-')
		}
		for _, c := range []byte(w) {
			if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, "_%02x", c)
			}
		}
	}
	return b.String()
}

// cutParts is the main part of a page, cut into its parts and what is between.
type cutParts struct {
	whole []byte
	frame string            // digest of what is between the parts, and of their order
	parts map[string]string // by id
	hash  string            // of everything
}

func cutMain(whole []byte) cutParts {
	c := cutParts{whole: whole, parts: map[string]string{}, hash: digest(whole)}
	var frame bytes.Buffer
	rest := whole
	for {
		before, after, found := bytes.Cut(rest, []byte(partBegin))
		frame.Write(before)
		if !found {
			break
		}
		id, body, _ := bytes.Cut(after, []byte("-->"))
		content, next, _ := bytes.Cut(body, []byte(partEnd))
		frame.WriteByte(0)
		frame.Write(id)
		frame.WriteByte(0)
		c.parts[string(id)] = string(content)
		rest = next
	}
	c.frame = digest(frame.Bytes())
	return c
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:12])
}

// changed are the parts of c that differ from those of old. false: that is not
// all that differs.
func (c *cutParts) changed(old *cutParts) (map[string]string, bool) {
	if c.frame != old.frame {
		return nil, false
	}
	out := map[string]string{}
	for id, html := range c.parts {
		if old.parts[id] != html {
			out[id] = html
		}
	}
	return out, true
}
