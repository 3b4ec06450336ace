package script

import (
	"fmt"

	"srr/internal/service"
	"srr/sim/host"
)

func (w *World) behave(l Line) error {
	h := w.byName[l.Words[1]]
	if h == nil {
		return fmt.Errorf("no host %q", l.Words[1])
	}
	p, err := service.ParsePrimitive(l.Words[3])
	if err != nil {
		return err
	}
	how := host.Behaviour(l.Words[4])
	if how == "unknown" {
		how = host.CannotRun
	}
	if how == host.Lies {
		w.breaks(HonestStop, l.Words[1]+" "+l.Words[2])
		w.lied[place{h, l.Words[2]}] = true
	}
	return h.Behave(l.Words[2], p, how)
}

func (w *World) behaveCheck(l Line) error {
	how := l.Words[3]
	switch how {
	case "up":
		how = string(host.Works)
	case "unknown":
		how = string(host.CannotRun)
	}
	return w.behave(Line{Words: []string{"behave", l.Words[1], l.Words[2], "check", how}})
}

// address lets the kernel of a machine refuse the addresses of a service.
func address(_ *World, h *host.Host, l Line) error {
	if l.Words[3] != "refused" && l.Words[3] != "ok" {
		return fmt.Errorf("usage: address HOST SERVICE refused|ok")
	}
	return h.RefuseAddress(l.Words[2], l.Words[3] == "refused")
}

// configure changes the preference of a service on one machine, by reload.
func (w *World) configure(l Line) error {
	h := w.byName[l.Words[1]]
	if h == nil || len(l.Options) != 1 || l.Options[0].Key != "pref" {
		return fmt.Errorf("usage: configure HOST SERVICE pref=NUMBER")
	}
	n, err := number(l.Options[0].Value)
	if err != nil {
		return err
	}
	for _, d := range w.services {
		if d.spec.Name == l.Words[2] || d.spec.Group != "" && d.spec.Group == l.Words[2] {
			d.preference[h.Name] = n
		}
	}
	h.Reconfigure(w.specs(h.Name))
	return nil
}
