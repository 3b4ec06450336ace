package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"time"
	"unicode/utf8"
)

// Event is one thing that happened, and why. Texts may come from services and
// other nodes: they are cut to maxText, and not trusted.
type Event struct {
	// Sequence is given by Append. It grows with each event, across restarts.
	Sequence    uint64    `json:"sequence"`
	Time        time.Time `json:"time"` // wall clock, for people; order is by Sequence
	Node        string    `json:"node"`
	Service     string    `json:"service,omitempty"`
	From        string    `json:"from,omitempty"`
	To          string    `json:"to,omitempty"`
	Reason      string    `json:"reason,omitempty"`
	Detail      string    `json:"detail,omitempty"`
	TookSeconds float64   `json:"took_seconds,omitempty"`
}

// maxText bounds each text of an event, in bytes, and so the length of a line.
const maxText = 1024

func (e *Event) bound() {
	for _, s := range []*string{&e.Node, &e.Service, &e.From, &e.To, &e.Reason, &e.Detail} {
		if len(*s) > maxText {
			n := maxText
			for n > 0 && !utf8.RuneStart((*s)[n]) {
				n--
			}
			*s = (*s)[:n]
		}
	}
}

func (e *Event) line() []byte {
	b, err := json.Marshal(e)
	if err != nil { // a year beyond 9999, a duration that is not a number
		clean := *e
		clean.Time, clean.TookSeconds = time.Time{}, 0
		clean.Detail = "journal: " + err.Error()
		if b, err = json.Marshal(&clean); err != nil {
			panic("journal: encode an event: " + err.Error())
		}
	}
	return seal(b)
}

// seal ends a line with the CRC-32C of what stands before it, as the last
// member of the object, so that the files stay lines of JSON for other tools.
func seal(object []byte) []byte {
	body := object[:len(object)-1]
	sum := crc32.Checksum(body, castagnoli)
	return fmt.Appendf(body, sealFormat+"\n", sum)
}

const (
	sealFormat = `,"crc":"%08x"}`
	sealLength = len(`,"crc":"00000000"}`)
)

// parseEvent reads a line; false: it is damaged.
func parseEvent(line []byte) (Event, bool) {
	var e Event
	line = bytes.TrimSuffix(line, []byte{'\n'})
	if len(line) < sealLength {
		return e, false
	}
	body, end := line[:len(line)-sealLength], line[len(line)-sealLength:]
	if string(end) != fmt.Sprintf(sealFormat, crc32.Checksum(body, castagnoli)) {
		return e, false
	}
	if json.Unmarshal(line, &e) != nil || e.Sequence == 0 {
		return Event{}, false
	}
	return e, true
}

// Query selects events. The zero value selects all.
type Query struct {
	After   uint64    // only with a higher sequence
	Since   time.Time // only at or after
	Node    string    // "": all
	Service string    // "": all
	Limit   int       // the newest so many of the past, at most MaxLimit; 0: all
	Follow  bool      // go on with what happens from now on
}

// MaxLimit bounds Query.Limit, because so many events are held in memory.
const MaxLimit = 10_000

func (q *Query) matches(e *Event) bool {
	return e.Sequence > q.After &&
		(q.Since.IsZero() || !e.Time.Before(q.Since)) &&
		(q.Node == "" || e.Node == q.Node) &&
		(q.Service == "" || e.Service == q.Service)
}
