package api

import (
	"bytes"
	"compress/flate"
	"encoding/json"
)

// Packer makes events that are compressed once for all streams that carry them: a
// piece of a deflate stream (RFC 1951) that refers to nothing before itself, and ends
// on a byte, so that any such pieces in a row are a stream. The zero value is ready; it
// serves one goroutine at a time.
type Packer struct {
	to bytes.Buffer
	w  *flate.Writer
}

// Event packs one of that name, with v as JSON.
func (p *Packer) Event(name string, v any) ([]byte, error) {
	p.begin()
	_, _ = p.w.Write([]byte("event: " + name + "\ndata: ")) // a buffer takes everything
	e := json.NewEncoder(p.w)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // which ends the line
		return nil, err
	}
	_, _ = p.w.Write([]byte("\n"))
	return p.end(), nil
}

func (p *Packer) begin() {
	p.to.Reset()
	if p.w == nil {
		p.w, _ = flate.NewWriter(&p.to, flate.BestSpeed) // a level that there is
	}
	p.w.Reset(&p.to)
}

func (p *Packer) end() []byte {
	_ = p.w.Flush()
	return bytes.Clone(p.to.Bytes())
}

// gzipHeader begins a compressed stream (RFC 1952), which has no end.
var gzipHeader = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}

// packedBeat is a comment that keeps a packed stream alive.
var packedBeat = func() []byte {
	var p Packer
	p.begin()
	_, _ = p.w.Write([]byte(":\n\n"))
	return p.end()
}()
