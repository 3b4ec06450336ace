//go:build lab

package systemd

import (
	"os"
	"testing"

	"srr/lab/machine"
)

// The lab tests of this package run in a machine with a systemd of its own.
func TestMain(m *testing.M) { os.Exit(machine.Main(m.Run)) }
