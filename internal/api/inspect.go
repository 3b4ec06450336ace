package api

import (
	"time"

	"srr/internal/routerid"
)

// Event is one thing that happened, and why.
type Event struct {
	Sequence    uint64    `json:"sequence"` // grows with each event of the answering node, across restarts
	Time        time.Time `json:"time"`
	Node        string    `json:"node"`
	Service     string    `json:"service,omitempty"`
	From        string    `json:"from,omitempty"`
	To          string    `json:"to,omitempty"`
	Reason      string    `json:"reason,omitempty"`
	Detail      string    `json:"detail,omitempty"`
	TookSeconds float64   `json:"took_seconds,omitempty"`
}

// EventQuery selects events. The zero value selects all that is kept.
type EventQuery struct {
	After   uint64    // only with a higher sequence
	Since   time.Time // only at or after
	Node    string    // router ID or name; "": all
	Service string    // "": all
	Limit   int       // the newest so many of the past; 0: all
	Follow  bool      // go on with what happens from now on
}

// Explain is why a unit is where it is.
type Explain struct {
	Unit       string      `json:"unit"`
	Group      bool        `json:"group,omitempty"`
	Node       string      `json:"node"`    // who explains
	Verdict    string      `json:"verdict"` // one sentence
	Candidates []Candidate `json:"candidates"`
	Blocking   []string    `json:"blocking,omitempty"` // facts that keep it from running now
	Changes    []string    `json:"changes,omitempty"`  // what would change it, each with the command
}

// Candidate is one node in the order of the ranking, best first.
type Candidate struct {
	RouterID routerid.ID `json:"router_id"`
	Node     string      `json:"node,omitempty"`
	State    string      `json:"state,omitempty"`
	Holds    bool        `json:"holds,omitempty"`
	Eligible bool        `json:"eligible"`
	WhyNot   []string    `json:"why_not,omitempty"` // what makes it not eligible
	// Rule decided between this candidate and the next one: "preference", …
	// "" for the last.
	Rule       string   `json:"rule,omitempty"`
	Comparison string   `json:"comparison,omitempty"` // "200 > 100"
	Facts      []string `json:"facts,omitempty"`      // what entered its rank, in the rules' order
}

// LSA is one entry of the link-state database.
type LSA struct {
	Type          string      `json:"type"` // "router", "network", …, "opaque-as"
	TypeCode      int         `json:"type_code"`
	Area          string      `json:"area,omitempty"` // "" for AS scope
	Link          string      `json:"link,omitempty"` // of link scope
	ID            string      `json:"id"`
	Advertiser    routerid.ID `json:"advertiser"`
	AgeSeconds    int         `json:"age_seconds"`
	Originated    time.Time   `json:"originated,omitzero"` // as its age tells, to the second
	Sequence      uint32      `json:"sequence"`            // as on the wire
	LengthBytes   int         `json:"length_bytes"`
	Checksum      uint16      `json:"checksum"`
	Self          bool        `json:"self,omitempty"`
	Decoded       []string    `json:"decoded,omitempty"`        // lines
	DecodeFailure string      `json:"decode_failure,omitempty"` // why not
	Raw           string      `json:"raw,omitempty"`            // the whole LSA in hex
}

// LSDBQuery selects entries; empty fields select all.
type LSDBQuery struct {
	Type       string // name, or number
	Area       string
	ID         string // link-state ID, or a prefix of it that ends in a dot
	Advertiser string
	Raw        bool // with the raw bytes
}

// Check is one finding of the doctor.
type Check struct {
	Name   string `json:"name"`
	Result string `json:"result"` // CheckOK, CheckAdvice, CheckBad, CheckUnknown
	Found  string `json:"found,omitempty"`
	Want   string `json:"want,omitempty"`
	Gain   string `json:"gain,omitempty"` // what the change gains
	Fix    string `json:"fix,omitempty"`  // the lines to enter
}

// The results of the doctor's checks.
const (
	CheckOK      = "ok"
	CheckAdvice  = "advice" // works, could be better
	CheckBad     = "bad"    // breaks something
	CheckUnknown = "unknown"
)

// Output is what one call of a primitive printed.
type Output struct {
	Service     string    `json:"service"`
	Primitive   string    `json:"primitive"`
	At          time.Time `json:"at"`
	TookSeconds float64   `json:"took_seconds"`
	Outcome     string    `json:"outcome"` // service.Outcome
	Code        int       `json:"code,omitempty"`
	Text        string    `json:"text,omitempty"`
	Output      string    `json:"output,omitempty"` // stdout and stderr, the newest 64 KiB
	Truncated   bool      `json:"truncated,omitempty"`
}
