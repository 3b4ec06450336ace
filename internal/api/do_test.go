package api_test

import (
	"errors"
	"log/slog"
	"testing"

	"srr/internal/api"
	"srr/internal/api/apitest"
)

// TestEveryDeedIsWrittenDown: who, from where, what, and what came of it; also
// of what was refused or makes no sense.
func TestEveryDeedIsWrittenDown(t *testing.T) {
	f := apitest.NewFake()
	s := api.New(f, f, slog.New(slog.DiscardHandler))
	var deeds []string
	s.Audit = func(d api.Deed) { deeds = append(deeds, d.String()) }
	remote := api.WithCaller(t.Context(), api.Caller{Name: "anna", From: "192.0.2.7:5000", Via: "certificate 4f2a"})
	local := api.WithCaller(t.Context(), api.Caller{Name: "root", From: "socket", Via: "socket"})
	do := func(r api.Request, wants bool) {
		t.Helper()
		ctx := remote
		if r.OnBehalf == "bert" {
			ctx = local
		}
		if _, err := s.Do(ctx, r); (err == nil) != wants {
			t.Errorf("%s: %v", r.Words(), err)
		}
	}
	do(api.Request{Verb: api.Move, Unit: "shop", Node: "n2", Reason: "a \"test\"", OnBehalf: "somebody else"}, true)
	do(api.Request{Verb: api.ConfirmStopped, Service: "dns", Node: "n3"}, false)
	do(api.Request{Verb: "explode"}, false)
	do(api.Request{Verb: api.Maintenance, On: true, OnBehalf: "bert"}, true)
	f.DoErr = errors.New("the disk is on fire")
	do(api.Request{Verb: api.Undrain}, false)
	want := []string{
		`anna (certificate 4f2a) from 192.0.2.7:5000: move shop n2 --reason "a \"test\"": accepted: done`,
		`anna (certificate 4f2a) from 192.0.2.7:5000: confirm-stopped dns n3: refused: you are about to state that dns does not run on n3; another node may start it at once, and if it does run there, it runs twice: clients see two answers, and a disk or database that both write is destroyed`,
		`anna (certificate 4f2a) from 192.0.2.7:5000: explode: invalid: unknown verb "explode"`,
		`bert as root (socket) from socket: maintenance on: accepted: done`,
		`anna (certificate 4f2a) from 192.0.2.7:5000: undrain: failed: the disk is on fire`,
	}
	for i := range want {
		if i >= len(deeds) || deeds[i] != want[i] {
			t.Fatalf("got  %q\nwant %q", deeds, want)
		}
	}
	// Who comes over the network speaks for nobody else.
	if got := f.Commands()[0].Author; got != "anna" {
		t.Errorf("the author is %q", got)
	}
	if got := f.Commands()[1].Author; got != "bert as root" {
		t.Errorf("the author is %q", got)
	}
}
