package api

import (
	"context"
	"net/http"
	"time"

	"srr/internal/routerid"
)

// About is what a node is made of: versions, certificates and timers.
type About struct {
	Node         string        `json:"node"`
	RouterID     routerid.ID   `json:"router_id"`
	Versions     []Fact        `json:"versions"`
	Certificates []Certificate `json:"certificates"` // its own first
	Timers       []Fact        `json:"timers"`
	Unread       []string      `json:"unread,omitempty"` // what could not be read, and why
}

// Fact is a value with its name.
type Fact struct {
	On    string `json:"on,omitempty"` // interface or service; empty: all of the node
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Certificate is a certificate, or a list of revoked ones, that a node has.
type Certificate struct {
	File    string    `json:"file"`
	Subject string    `json:"subject,omitempty"` // of a list: empty
	Issuer  string    `json:"issuer"`
	Serial  string    `json:"serial"` // hexadecimal
	Begins  time.Time `json:"begins"`
	Ends    time.Time `json:"ends"`
	Names   []string  `json:"names,omitempty"`   // who it is for
	Warning string    `json:"warning,omitempty"` // what is wrong with it, and what to do
}

// CheckRun is checks of a service in a row that said the same.
type CheckRun struct {
	Health         string    `json:"health"` // up, down, unknown: after counting
	Text           string    `json:"text,omitempty"`
	First          time.Time `json:"first"`
	Last           time.Time `json:"last"`
	Count          int       `json:"count"`
	SlowestSeconds float64   `json:"slowest_seconds"`
}

// Host knows what a node is made of, and what its checks said. Its answers may take
// seconds.
type Host interface {
	About(ctx context.Context) (About, error)
	// CheckRuns are the last ones of a local service, newest first.
	CheckRuns(ctx context.Context, service string) ([]CheckRun, error)
}

// Describe lets the server say what the node is made of. To be called before Serve.
func (s *Server) Describe(h Host) { s.host = h }

// About is what this node is made of.
func (s *Server) About(ctx context.Context) (About, error) {
	if s.host == nil {
		return About{}, invalidf("this server knows nothing of its host")
	}
	ctx, cancel := context.WithTimeout(ctx, inspectTimeout)
	defer cancel()
	return s.host.About(ctx)
}

// CheckRuns are what the checks of a service of this node said lately, newest first.
func (s *Server) CheckRuns(ctx context.Context, service string) ([]CheckRun, error) {
	if s.host == nil {
		return nil, invalidf("this server knows nothing of its host")
	}
	ctx, cancel := context.WithTimeout(ctx, inspectTimeout)
	defer cancel()
	return s.host.CheckRuns(ctx, service)
}

func (s *Server) checks(r *http.Request) (any, error) {
	v, err := query(r, "service")
	if err != nil {
		return nil, err
	}
	return list(s.CheckRuns(r.Context(), v.Get("service")))
}

func (s *Server) about(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	return s.About(r.Context())
}
