package main

import "srr/internal/api"

// path is one route of the API.
type path struct {
	summary string
	query   []parameter
	body    any // type of the request
	answer  any // type of the answer
	stream  any // type of each message, if it is a stream
}

type parameter struct {
	name, description string
	required          bool
}

var (
	ofService = parameter{"service", "Name of the service.", true}
	eventsBy  = []parameter{
		{"after", "Only with a higher sequence.", false},
		{"since", "Only at or after this time (RFC 3339).", false},
		{"node", "Router ID or name.", false},
		{"service", "Name of a service.", false},
		{"limit", "The newest so many of the past.", false},
		{"follow", "true: go on with what happens from now on.", false},
	}
	lsdbBy = []parameter{
		{"type", "Name of the type, or its number.", false},
		{"area", "Area, such as 0.0.0.0.", false},
		{"id", "Link-state ID, or a prefix of it that ends in a dot.", false},
		{"advertiser", "Router ID.", false},
		{"raw", "true: with the raw bytes.", false},
	}
)

// paths are described here; a test holds them against what is served.
var paths = map[string]path{
	"GET /v1/snapshot":     {summary: "The whole cluster as this node sees it", answer: api.Snapshot{}},
	"GET /v1/watch":        {summary: "The same, now and whenever it changes", stream: api.Snapshot{}},
	"GET /v1/events":       {summary: "What happened on this node, oldest first", query: eventsBy, stream: api.Event{}},
	"GET /v1/past":         {summary: "A moment as the journal of this node tells it", query: []parameter{{"at", "The moment (RFC 3339).", true}}, answer: api.Past{}},
	"GET /v1/availability": {summary: "For how long each service was served in 30 and 365 days, as this node has seen it", answer: []api.Served{}},
	"GET /v1/about":        {summary: "Versions, certificates and timers of this node", answer: api.About{}},
	"GET /v1/explain":      {summary: "Why a unit is where it is", query: []parameter{{"unit", "Name of a service or group.", true}}, answer: api.Explain{}},
	"POST /v1/commands":    {summary: "Give a command", body: api.Request{}, answer: api.Reply{}},
	"POST /v1/what-if":     {summary: "What would happen, simulated from the live state; one question at a time, 30 s at most", body: api.WhatIfQuery{}, answer: api.WhatIf{}},
	"GET /v1/survives":     {summary: "What each single failure would do, simulated", answer: api.Survives{}},
	"GET /v1/lsdb":         {summary: "The link-state database of ospfd on this host, decoded", query: lsdbBy, answer: []api.LSA{}},
	"GET /v1/doctor":       {summary: "What of ospfd, zebra, BFD and the host is wrong or slow", answer: []api.Check{}},
	"GET /v1/outputs":      {summary: "What primitives of a service of this node printed, newest first", query: []parameter{ofService, {"primitive", "Only of this one.", false}}, answer: []api.Output{}},
	"GET /v1/logins":       {summary: "Tokens that wait to be used, and sessions of users without a certificate", answer: []api.Login{}},
	"POST /v1/logins":      {summary: "Make a token with which somebody logs in to the console of this node, once; refused to who did so themselves", body: api.LoginRequest{}, answer: api.LoginToken{}},
	"POST /v1/end-logins":  {summary: "End all tokens and sessions of a user", body: api.LoginEnd{}, answer: api.Reply{}},
	"GET /v1/checks":       {summary: "What the checks of a service of this node said lately, newest first", query: []parameter{ofService}, answer: []api.CheckRun{}},
	"GET /v1/status":       {summary: "Call the primitive status of a service of this node", query: []parameter{ofService}, answer: api.Output{}},
}
