package doctor

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ARP is how an interface answers and asks (Documentation/networking/ip-sysctl of
// the kernel), the effective values.
type ARP struct {
	Ignore   string // arp_ignore: 0 answers for every address of the host
	Announce string // arp_announce: 0 asks with any of them as the sender
}

func readARP(into map[string]ARP, unread map[string]error) {
	ignore, announce := map[string]string{}, map[string]string{}
	readSysctl("arp_ignore", ignore, unread)
	readSysctl("arp_announce", announce, unread)
	for name := range ignore {
		into[name] = ARP{ignore[name], announce[name]}
	}
}

// readSysctl reads a setting of every interface, of which the kernel takes the
// larger of its own and that of all.
func readSysctl(setting string, values map[string]string, unread map[string]error) {
	const conf = "/proc/sys/net/ipv4/conf/"
	files, err := filepath.Glob(conf + "*/" + setting)
	if err == nil && len(files) == 0 {
		err = os.ErrNotExist
	}
	if err != nil {
		unread[conf+"*/"+setting] = err
		return
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			unread[file] = err
			continue
		}
		values[filepath.Base(filepath.Dir(file))] = strings.TrimSpace(string(text))
	}
	for name, v := range values {
		if name != "all" && name != "default" {
			values[name] = max(v, values["all"])
		}
	}
}

// arpChecks: Linux answers ARP for every address of the host on every link. With
// service addresses, hosts of the LAN keep on sending to a node that has lost one;
// with two links on one LAN, they send to the wrong link.
func arpChecks(f Facts, e Expect) []Finding {
	var all []Finding
	for _, name := range f.links() {
		a, known := f.Host.ARP[name]
		twice := f.sharesLAN(name)
		if !known || len(e.Services) == 0 && !twice {
			continue
		}
		ignore, announce := "hosts of the LAN never learn a service address, which would lead them to this node after it has moved", "no service address is the sender of an ARP request, by which hosts of the LAN would learn it"
		if twice {
			ignore = "this host has two links on one LAN, and only that answers whose address is asked for; " + ignore
			announce = "this host has two links on one LAN, and its neighbors learn the right one; " + announce
		}
		all = append(
			all,
			judge(a.Ignore == "1" || a.Ignore == "2", Warn, Finding{
				Name: "arp-ignore", On: name, Is: a.Ignore, Want: "1 or 2", Gain: ignore,
				Lines: []string{"# shell, and in /etc/sysctl.d:", "sysctl -w net.ipv4.conf." + name + ".arp_ignore=1"},
			}),
			judge(a.Announce == "2", Warn, Finding{
				Name: "arp-announce", On: name, Is: a.Announce, Want: "2", Gain: announce,
				Lines: []string{"# shell, and in /etc/sysctl.d:", "sysctl -w net.ipv4.conf." + name + ".arp_announce=2"},
			}),
		)
	}
	return all
}

// sharesLAN reports whether another link is on the same subnet.
func (f Facts) sharesLAN(name string) bool {
	for p, interfaces := range f.Connected {
		if !p.IsSingleIP() && slices.Contains(interfaces, name) && slices.ContainsFunc(interfaces, func(i string) bool { return i != name && i != "lo" }) {
			return true
		}
	}
	return false
}
