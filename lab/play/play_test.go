package play

import (
	"context"
	"strings"
	"testing"
	"time"

	"srr/lab"
)

const schedule = `
timers hello=1s dead=4s
router r1 r2
host n1 n2 n3
service web pref=n1:200
boot
@3s power-off n1
@1s kill n2 srrd
@5s kill n2 ospfd 2s
@6s kill n3 srrd never
@2s deaf n1 eth0
@7s undrop n1 eth0
@7s undrop n1 eth0
@8s do n2 move web n3
@9s pause n1 10s
# repair
@20s mend r1
@21s start n1 srrd
`

// TestParse: what a lab can do is done, in its words; the rest is named, with a reason.
func TestParse(t *testing.T) {
	on := lab.Two()
	p, err := Parse(schedule, &on)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range p.Acts {
		got = append(got, a.At.String()+" "+a.Text)
	}
	want := []string{
		"1s kill n2 srrd", "2s deaf n1 eth0", "3s power-off n1", "5s kill n2 ospfd",
		"7s start n2 ospfd", "7s hear n1 eth0", "8s do n2 move web n3",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
	left := strings.Join(p.Skipped, "\n")
	for _, line := range []string{"@6s kill n3 srrd never: ", "@9s pause n1 10s: ", "@20s mend r1: ", "@21s start n1 srrd: "} {
		if !strings.Contains(left, line) {
			t.Errorf("%q is not said to be left out:\n%s", line, left)
		}
	}
}

// TestParseRefuses: a schedule for another network is refused before anything is broken.
func TestParseRefuses(t *testing.T) {
	on := lab.Two()
	for _, line := range []string{
		"power-off n7", "link-down n1 lan1", "link-down n1", "do n7 move web n1", "do n1", "kill n1 ospfd soon",
		"partition A n1 n9", "make no sense", "@x power-off n1",
	} {
		if _, err := Parse(line, &on); err == nil {
			t.Errorf("%q was read", line)
		}
	}
}

// TestRunEnds: a play ends with its context, before its first act.
func TestRunEnds(t *testing.T) {
	on := lab.Two()
	p, err := Parse("@1h power-off n1", &on)
	if err != nil {
		t.Fatal(err)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if failed, err := p.Run(done, nil, "", nil); err == nil || failed != 0 || p.Acts[0].At != time.Hour {
		t.Errorf("%d failed, %v", failed, err)
	}
}
