package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"

	"srr/internal/frr/vty"
)

// Facts is what was read, before any judgement. What could not be read is zero
// and named in Unread.
type Facts struct {
	OSPF       Process
	Areas      map[string]AreaKind // that ospfd is attached to, by ID
	Interfaces map[string]Interface
	Neighbors  []Neighbor
	Sessions   []Session
	OSPFConfig string // running configuration of ospfd
	Zebra      string // running configuration of zebra
	Connected  map[netip.Prefix][]string
	Host       Host
	Unread     map[string]error // by what would have been read
}

// Process is `show ip ospf json`.
type Process struct {
	RouterID      string `json:"routerId"`
	Opaque        bool   `json:"opaqueCapable"`
	SPFDelay      int    `json:"spfScheduleDelayMsecs"`
	SPFHold       int    `json:"holdtimeMinMsecs"`
	SPFMax        int    `json:"holdtimeMaxMsecs"`
	LSAInterval   int    `json:"lsaMinIntervalMsecs"`
	LSAMinArrival int    `json:"lsaMinArrivalMsecs"`
	// Areas are those that it is attached to, and how many router LSAs each has.
	Areas map[string]struct {
		Routers int `json:"lsaRouterNumber"`
	} `json:"areas"`
}

// Interface is one of `show ip ospf interface json`.
type Interface struct {
	Up         bool   `json:"ifUp"`
	Enabled    bool   `json:"ospfEnabled"`
	MTU        int    `json:"mtuBytes"`
	Network    string `json:"networkType"`
	State      string `json:"state"`
	Priority   int    `json:"priority"`
	HelloMS    int    `json:"timerMsecs"`
	DeadSecs   int    `json:"timerDeadSecs"`
	Retransmit int    `json:"timerRetransmitSecs"`
	Passive    bool   `json:"timerPassiveIface"`
	Neighbors  int    `json:"nbrCount"`
}

// Neighbor is one of `show ip ospf neighbor json`.
type Neighbor struct {
	RouterID  string `json:"-"`
	State     string `json:"nbrState"` // such as Full/DR
	Address   string `json:"ifaceAddress"`
	Interface string `json:"ifaceName"` // such as eth0:10.71.1.1
}

// Session is one of `show bfd peers json` of bfdd.
type Session struct {
	Peer       string `json:"peer"`
	Interface  string `json:"interface"`
	Status     string `json:"status"`
	Multiplier int    `json:"detect-multiplier"`
	ReceiveMS  int    `json:"receive-interval"`
	TransmitMS int    `json:"transmit-interval"`
	RemoteMult int    `json:"remote-detect-multiplier"`
	RemoteRxMS int    `json:"remote-receive-interval"`
	RemoteTxMS int    `json:"remote-transmit-interval"`
}

// DetectMS is after how many milliseconds this side notices a silent peer (RFC
// 5880, section 6.8.4); zero if the peer is not up.
func (s Session) DetectMS() int {
	if s.Status != "up" {
		return 0
	}
	return s.RemoteMult * max(s.ReceiveMS, s.RemoteTxMS)
}

// VTY is how the daemons are spoken to; see vty.Client.
type VTY interface {
	Show(ctx context.Context, daemon, command string) ([]byte, error)
}

// Read asks the daemons and the host. It changes nothing. It reads the host in
// the network namespace of the calling thread.
func Read(ctx context.Context, v VTY, e Expect) Facts {
	f := readRouter(ctx, v)
	f.Host = readHost(ctx, e, f.Unread)
	return f
}

// ReadProcess asks ospfd for no more than its settings and its areas.
func ReadProcess(ctx context.Context, v VTY) (p Process, areas map[string]AreaKind, err error) {
	out, err := v.Show(ctx, vty.OSPFd, "show ip ospf json")
	if err == nil {
		err = json.Unmarshal(out, &p)
	}
	if err != nil {
		return p, nil, fmt.Errorf("read the settings of ospfd: %w", err)
	}
	text, err := v.Show(ctx, vty.OSPFd, "show ip ospf")
	if err != nil {
		return p, nil, fmt.Errorf("read the areas of ospfd: %w", err)
	}
	return p, parseAreas(string(text)), nil
}

func readRouter(ctx context.Context, v VTY) Facts {
	f := Facts{Unread: map[string]error{}, Interfaces: map[string]Interface{}}
	text := func(daemon, command string) string {
		out, err := v.Show(ctx, daemon, command)
		if err != nil {
			f.Unread[daemon+": "+command] = err
		}
		return string(out)
	}
	decode := func(daemon, command string, into any) {
		out := text(daemon, command)
		if out == "" {
			return
		}
		if err := json.Unmarshal([]byte(out), into); err != nil {
			f.Unread[daemon+": "+command] = err
		}
	}
	decode(vty.OSPFd, "show ip ospf json", &f.OSPF)
	f.Areas = parseAreas(text(vty.OSPFd, "show ip ospf"))
	var interfaces struct {
		Interfaces map[string]Interface `json:"interfaces"`
	}
	decode(vty.OSPFd, "show ip ospf interface json", &interfaces)
	f.Interfaces = interfaces.Interfaces
	var neighbors struct {
		Neighbors map[string][]Neighbor `json:"neighbors"`
	}
	decode(vty.OSPFd, "show ip ospf neighbor json", &neighbors)
	for id, all := range neighbors.Neighbors {
		for _, n := range all {
			n.RouterID = id
			f.Neighbors = append(f.Neighbors, n)
		}
	}
	decode(vty.BFDd, "show bfd peers json", &f.Sessions)
	f.OSPFConfig = text(vty.OSPFd, "show running-config")
	f.Zebra = text(vty.Zebra, "show running-config")
	f.Connected = readConnected(decode)
	return f
}

// readConnected takes the connected routes and their interfaces from zebra.
func readConnected(decode func(string, string, any)) map[netip.Prefix][]string {
	var routes map[string][]struct {
		Nexthops []struct {
			Interface string `json:"interfaceName"`
		} `json:"nexthops"`
	}
	decode(vty.Zebra, "show ip route connected json", &routes)
	all := map[netip.Prefix][]string{}
	for text, entries := range routes {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			continue
		}
		for _, e := range entries {
			for _, n := range e.Nexthops {
				all[p] = append(all[p], n.Interface)
			}
		}
	}
	return all
}

// interfaceConfig is the lines of one interface in ospfd's configuration.
func (f Facts) interfaceConfig(name string) []string {
	_, after, found := strings.Cut("\n"+f.OSPFConfig, "\ninterface "+name+"\n")
	if !found {
		return nil
	}
	var lines []string
	for line := range strings.Lines(after) {
		if !strings.HasPrefix(line, " ") {
			break
		}
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}
