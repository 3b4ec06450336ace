package systemd

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"srr/internal/agent/cgroup"

	sd "github.com/coreos/go-systemd/v22/dbus"
)

// state is what systemd says of a unit (org.freedesktop.systemd1(5)).
type state struct {
	load, active, sub, file string // LoadState, ActiveState, SubState, UnitFileState
	restart, result         string // of a service: Restart, Result
	cgroup                  string // ControlGroup; empty: none
	mainPID                 uint32
	status                  int32 // ExecMainStatus
}

func (b *Bus) state(ctx context.Context, unit string) (s state, err error) {
	var p map[string]any
	err = b.ask(ctx, func(conn *sd.Conn) (err error) {
		p, err = conn.GetAllPropertiesContext(ctx, unit)
		return err
	})
	if err != nil {
		return s, fmt.Errorf("ask for unit %s: %w", unit, err)
	}
	text := func(name string) string { v, _ := p[name].(string); return v }
	s = state{
		load: text("LoadState"), active: text("ActiveState"), sub: text("SubState"), file: text("UnitFileState"),
		restart: text("Restart"), result: text("Result"), cgroup: text("ControlGroup"),
	}
	s.mainPID, _ = p["MainPID"].(uint32)
	s.status, _ = p["ExecMainStatus"].(int32)
	return s, nil
}

// controlGroup is the cgroup that all units are below, relative to the root of
// the hierarchy: empty, but in some containers.
func (b *Bus) controlGroup(ctx context.Context) (string, error) {
	var text string
	err := b.ask(ctx, func(conn *sd.Conn) (err error) {
		defer context.AfterFunc(ctx, conn.Close)() // it takes no context
		text, err = conn.GetManagerProperty("ControlGroup")
		return err
	})
	if err != nil {
		return "", fmt.Errorf("ask for systemd's cgroup: %w", err)
	}
	return strings.Trim(text, `"`), nil
}

// up reports whether the unit does its work.
func (s state) up() bool {
	return s.active == "active" || s.active == "reloading" || s.active == "refreshing"
}

// down reports whether systemd is done with the unit.
func (s state) down() bool { return s.active == "inactive" || s.active == "failed" }

// why tells the operator how a unit came to its state.
func (s state) why() string {
	text := s.active + " (" + s.sub + ")"
	if s.result != "" && s.result != "success" {
		text += fmt.Sprintf(", result %s, status %d", s.result, s.status)
	}
	return text
}

func (s state) String() string {
	var b strings.Builder
	for _, row := range [][2]string{
		{"state", s.why()},
		{"loaded", s.load},
		{"at boot", s.file},
		{"restart", s.restart},
		{"main process", fmt.Sprint(s.mainPID)},
		{"cgroup", s.cgroup},
	} {
		fmt.Fprintf(&b, "%-13s %s\n", row[0], row[1])
	}
	return b.String()
}

// empty reports whether no process is left in the unit's cgroup.
func (b *Bus) empty(s state) bool {
	if s.cgroup == "" {
		return true
	}
	root := b.cgroup
	if root == "" {
		var err error
		if root, err = cgroup.Mount(); err != nil {
			return false
		}
	}
	return cgroup.Empty(filepath.Join(root, s.cgroup))
}

// loaded returns an error if systemd knows no such unit, or cannot read its file.
func (s state) loaded(unit string) error {
	if s.load != "loaded" {
		return fmt.Errorf("unit %s is %s", unit, s.load)
	}
	return nil
}

// Warnings tells what of a unit's settings gets in srrd's way.
func (b *Bus) Warnings(ctx context.Context, unit string) ([]string, error) {
	s, err := b.state(ctx, unit)
	if err != nil {
		return nil, err
	}
	if err := s.loaded(unit); err != nil {
		return nil, err
	}
	var all []string
	if s.file == "enabled" || s.file == "enabled-runtime" {
		all = append(all, fmt.Sprintf("unit %s starts at boot, on every node: systemctl disable %s", unit, unit))
	}
	if s.restart != "" && s.restart != "no" {
		all = append(all, fmt.Sprintf("unit %s has Restart=%s: srrd restarts by itself, and sees the death that systemd repairs", unit, s.restart))
	}
	return all, nil
}
