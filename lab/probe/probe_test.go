package probe

import (
	"net"
	"net/netip"
	"testing"
	"time"
)

func TestGaps(t *testing.T) {
	base := time.Now()
	at := func(ms int) time.Time { return base.Add(time.Duration(ms) * time.Millisecond) }
	for _, c := range []struct {
		name  string
		ok    string // one letter per probe, one probe every 2 ms: . answered, x lost
		grace int
		gaps  []int // ms
		lost  int
	}{
		{"none", "......", 0, nil, 0},
		{"one lost", "..x...", 0, []int{2}, 1},
		{"two gaps", ".xx.x..", 0, []int{4, 2}, 3},
		{"open", "...xxx", 0, []int{6}, 3},
		{"on the way", "....xx", 5, nil, 0},
		{"open beyond grace", "..xxxx", 5, []int{8}, 4},
		{"from the start", "xx..", 0, []int{4}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r record
			for i, letter := range c.ok {
				if seq := r.send(at(2 * i)); letter == '.' {
					r.answer(seq, at(2*i+1))
				}
			}
			res := r.result(at(2*len(c.ok)), time.Duration(c.grace)*time.Millisecond)
			var got []int
			for _, g := range res.Gaps {
				got = append(got, int(g.Took.Milliseconds()))
			}
			if len(got) != len(c.gaps) || res.Lost != c.lost {
				t.Fatalf("gaps %v, lost %d; want %v, %d", got, res.Lost, c.gaps, c.lost)
			}
			for i := range got {
				if got[i] != c.gaps[i] {
					t.Errorf("gap %d took %d ms, want %d", i, got[i], c.gaps[i])
				}
			}
		})
	}
}

func TestQuiet(t *testing.T) {
	base := time.Now()
	for _, c := range []struct {
		name, ok string // one probe every 2 ms, looked at 2 ms after the last
		want     bool
	}{
		{"all answered", "..........", true},
		{"the last are on the way", "........xx", true},
		{"one lost", "......x...", false},
		{"one lost long ago", "x.........", true},
		{"too young", "....", false},
		{"nothing", "", false},
	} {
		var r record
		for i, letter := range c.ok {
			at := base.Add(time.Duration(2*i) * time.Millisecond)
			if seq := r.send(at); letter == '.' {
				r.answer(seq, at)
			}
		}
		now := base.Add(time.Duration(2*len(c.ok)) * time.Millisecond)
		if got := r.quiet(now, 10*time.Millisecond, 5*time.Millisecond); got != c.want {
			t.Errorf("%s: quiet is %t", c.name, got)
		}
	}
}

// A target that has come back has a turn in five, until it is lost once more.
func TestTurn(t *testing.T) {
	const interval = 100 * time.Millisecond
	base := time.Unix(1_000_000, 0)
	var r record
	turns := ""
	for i, up := range "......xxx..................xxxxxxx..........." {
		now := base.Add(time.Duration(i) * interval)
		if !r.turn(now, 5*interval) {
			turns += "-"
			continue
		}
		if seq := r.send(now); up == '.' {
			r.answer(seq, now)
			turns += "."
		} else {
			turns += "x"
		}
	}
	if want := "......xxx.----.----.----.----xxxxx.----.----."; turns != want {
		t.Errorf("probed\n%s, want\n%s", turns, want)
	}
}

func TestChecksum(t *testing.T) {
	msg := []byte{8, 0, 0, 0, 0x12, 0x34, 0, 1, 0xff, 0xff, 0, 0, 0, 0, 0, 0}
	sum := checksum(msg)
	msg[2], msg[3] = byte(sum>>8), byte(sum)
	if again := checksum(msg); again != 0 {
		t.Errorf("checksum over a message with its checksum is %#x, want 0", again)
	}
}

// TestUDP probes an echo service on the loopback that goes deaf for a while.
func TestUDP(t *testing.T) {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	deaf := make(chan [2]int, 1)
	deaf <- [2]int{20, 70} // probes
	go func() {
		buf := make([]byte, 256)
		span := <-deaf
		for i := 0; ; i++ {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if i < span[0] || i >= span[1] {
				_, _ = conn.WriteTo(buf[:n], from)
			}
		}
	}()
	port := conn.LocalAddr().(*net.UDPAddr).Port
	p, err := Start(Config{
		Targets: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, UDPPort: port,
		Interval: 5 * time.Millisecond, Grace: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.After(time.Minute)
	for p.Results()[0].Sent < 120 {
		select {
		case <-deadline:
			t.Fatal("120 probes took more than a minute")
		case <-time.After(10 * time.Millisecond):
		}
	}
	res, err := p.Stop()
	if err != nil {
		t.Fatal(err)
	}
	if got := res[0]; len(got.Gaps) != 1 || got.Lost != 50 || got.Gaps[0].Took < 230*time.Millisecond {
		t.Errorf("got %d gaps, %d lost, longest %v; want 1 gap of 50 probes and about 250 ms", len(got.Gaps), got.Lost, got.Longest().Took)
	}
}
