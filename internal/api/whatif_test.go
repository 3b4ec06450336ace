package api_test

import (
	"errors"
	"strings"
	"testing"

	"srr/internal/api"
	"srr/internal/api/apitest"
	"srr/internal/api/client"
)

func TestWhatIfForm(t *testing.T) {
	f := apitest.NewFake()
	_, path := apitest.Serve(t, f, f)
	c := client.New(path)
	defer c.Close()
	for name, q := range map[string]api.WhatIfQuery{
		"nothing":      {},
		"both":         {Line: "drain", Config: "services: {}"},
		"too long":     {Line: strings.Repeat("x", 513)},
		"unprintable":  {Line: "drain\x1b[2J"},
		"hostile file": {Config: "services: {}", ConfigFile: "a\x00b"},
	} {
		var e *api.Error
		if _, err := c.WhatIf(t.Context(), q); !errors.As(err, &e) || e.Kind != api.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(f.Asked()) > 0 {
		t.Errorf("the simulator was asked %q", f.Asked())
	}
	large := api.WhatIfQuery{Config: strings.Repeat("#", 500<<10)} // larger than a command may be
	if _, err := c.WhatIf(t.Context(), large); err != nil || len(f.Asked()) != 1 {
		t.Errorf("a large configuration: %v", err)
	}
}

// TestOneSimulation: while one is running, another is refused and the rest of the
// API answers.
func TestOneSimulation(t *testing.T) {
	f := apitest.NewFake()
	f.Hold = make(chan struct{})
	_, path := apitest.Serve(t, f, f)
	c := client.New(path)
	defer c.Close()
	first := make(chan error, 1)
	go func() {
		_, err := c.WhatIf(t.Context(), api.WhatIfQuery{Line: "drain"})
		first <- err
	}()
	for len(f.Asked()) == 0 { // until it has arrived
		if _, err := c.Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var busy *api.Error
	if _, err := c.Survives(t.Context()); !errors.As(err, &busy) || busy.Kind != api.KindBusy {
		t.Errorf("a second simulation: %v", err)
	}
	close(f.Hold)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if s, err := c.Survives(t.Context()); err != nil || s.Total != 3 {
		t.Errorf("after the first: %+v, %v", s, err)
	}
}
