package daemon

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srr/internal/config"
)

// TestOpenConfig starts with a real Makefile that make does not come to the end of:
// the daemon comes up, and says so, until a reload could look. A program that is not
// there is a mistake.
func TestOpenConfig(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	makefile := put("Makefile", "X := $(shell sleep 60)\n%:\n")
	main := fmt.Sprintf("cluster: shop\nnode: {name: n1, router-id: 10.0.0.1}\nmedium: {}\nservices:\n  web:\n    addresses: [10.1.0.1]\n    make: %s\n", makefile)
	path := put("srr.yaml", main)
	var log strings.Builder
	d := &Daemon{opt: Options{Config: path}, log: slog.New(slog.NewTextHandler(&log, nil))}
	start := time.Now()
	if err := d.openConfig(Prober{}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("it took %s: addresses live for 5s", took)
	}
	if d.byName["web"] == nil || !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), path+":7:11: ") {
		t.Errorf("services %v, log %s", d.byName, log.String())
	}
	alarms := d.configAlarms()
	if len(alarms) != 1 || !strings.Contains(alarms[0].Text, path+":7:11: ") || !strings.Contains(alarms[0].Text, "could not be examined: no answer") {
		t.Errorf("alarms %+v", alarms)
	}
	put("Makefile", "%:\n")
	next, err := config.Load(path, Prober{}) // as a reload does
	if err != nil {
		t.Fatal(err)
	}
	if d.use(next); len(d.configAlarms()) != 0 {
		t.Errorf("looked at, and still %+v", d.configAlarms())
	}
	put("srr.yaml", main+"  dns: {addresses: [10.1.0.2], exec: /nonexistent/dns}\n")
	if err := d.openConfig(Prober{}); !isConfigError(err) || !strings.Contains(err.Error(), path+":8:38: ") {
		t.Errorf("a program that is not there: %v", err)
	}
}

func isConfigError(err error) bool {
	_, ok := errors.AsType[*ConfigError](err)
	return ok
}
