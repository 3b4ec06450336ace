package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"srr/internal/frr/vty"
)

// Detection is how ospfd of this host notices that a neighbor is silent: by the
// slowest of its interfaces.
type Detection struct {
	Hello      time.Duration
	Dead       time.Duration
	Retransmit time.Duration
	BFD        time.Duration // 0: not by BFD, at least on one interface
	LSInterval time.Duration // between two instances of an LSA of its own
	LSArrival  time.Duration // between two instances that it accepts
}

// ReadDetection asks ospfd and bfdd. It is an error if no interface has a neighbor.
func ReadDetection(ctx context.Context, v VTY) (Detection, error) {
	var all struct {
		Interfaces map[string]Interface `json:"interfaces"`
	}
	p, _, err := ReadProcess(ctx, v)
	if err != nil {
		return Detection{}, err
	}
	out, err := v.Show(ctx, vty.OSPFd, "show ip ospf interface json")
	if err == nil {
		err = json.Unmarshal(out, &all)
	}
	if err != nil {
		return Detection{}, fmt.Errorf("read the timers of ospfd: %w", err)
	}
	var sessions []Session // without bfdd there are none
	if out, err := v.Show(ctx, vty.BFDd, "show bfd peers json"); err == nil {
		_ = json.Unmarshal(out, &sessions)
	}
	d := slowest(all.Interfaces, sessions)
	d.LSInterval = time.Duration(p.LSAInterval) * time.Millisecond
	d.LSArrival = time.Duration(p.LSAMinArrival) * time.Millisecond
	if d.Dead == 0 {
		return d, fmt.Errorf("read the timers of ospfd: no interface has a neighbor")
	}
	return d, nil
}

func slowest(interfaces map[string]Interface, sessions []Session) (d Detection) {
	byHellos := false
	for name, i := range interfaces {
		if i.Neighbors == 0 || i.Passive {
			continue
		}
		d.Hello = max(d.Hello, time.Duration(i.HelloMS)*time.Millisecond)
		d.Dead = max(d.Dead, time.Duration(i.DeadSecs)*time.Second)
		d.Retransmit = max(d.Retransmit, time.Duration(i.Retransmit)*time.Second)
		bfd := 0
		for _, s := range sessions {
			if s.Interface == name {
				bfd = max(bfd, s.DetectMS())
			}
		}
		byHellos = byHellos || bfd == 0
		d.BFD = max(d.BFD, time.Duration(bfd)*time.Millisecond)
	}
	if byHellos {
		d.BFD = 0
	}
	return d
}
