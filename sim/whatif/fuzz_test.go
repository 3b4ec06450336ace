package whatif

import (
	"errors"
	"testing"
	"time"
)

// FuzzTranslate: whatever somebody asks about, it is refused, or the simulator carries it
// out.
func FuzzTranslate(f *testing.F) {
	for _, line := range []string{
		"power-off n1 10.0.0.3", "router-off 10.0.255.1; power-on n3", "link-down n1 11.0.0.0/24", "link-down 10.0.255.1-10.0.255.2",
		"site-off 11.0.1.0/24", "fail web on n1", "kill n1 srrd 3s", "kill n2 ospfd never", "partition 11.0.0.3 n1", "pause n1 5s",
		"suspend n1 -1h", "pause", "kill n1", "move web n3 for=-1h", "maintenance on", "do n1 stop service/web", "clear group/web", "drain --stop", "do n3 shutdown",
	} {
		f.Add(line)
	}
	m := newReality(f, three+"service web pref=n1:300\nservice vip address-only\nboot").model("n2")
	f.Fuzz(func(t *testing.T, line string) {
		commands, err := m.Translate(line)
		var word *WordError
		if err != nil && !errors.As(err, &word) || err == nil && len(commands) == 0 {
			t.Errorf("%q: %q, %v", line, commands, err)
		}
		if err != nil {
			return
		}
		w := m.newWorld(nil, false, func() bool { return false })
		if err := w.begin(); err != nil {
			t.Fatal(err)
		}
		for _, c := range commands {
			if w.Do(c) != nil {
				return
			}
		}
		if err := w.Run(nil, w.Queue.Now()+10*time.Second, func() bool { return false }); err != nil {
			t.Errorf("%q: %v", line, err)
		}
	})
}
