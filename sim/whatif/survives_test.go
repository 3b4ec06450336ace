package whatif

import (
	"slices"
	"strings"
	"testing"
)

func (r *reality) score(on string) *Score {
	r.Helper()
	s := r.model(on).Survives(func() bool { return false })
	if len(s.Differences) > 0 || s.Incomplete {
		r.Fatalf("%q, incomplete %v", s.Differences, s.Incomplete)
	}
	return s
}

// lost lists what is not survived, with what is lost.
func lost(s *Score) (out []string) {
	for k := range s.Failures {
		if o := &s.Failures[k]; !o.Survived() {
			text := o.Line + ":"
			for _, c := range o.Lost {
				text += " " + c.Unit.Name
			}
			out = append(out, text)
		}
	}
	return out
}

// TestSurvives: of a node that alone can run a service, and of what joins it to
// the others, the loss is not survived. All else is.
func TestSurvives(t *testing.T) {
	r := newReality(t, three+"service pay on=n3 check\nservice web pref=n1:300 check\nservice vip address-only pref=n2:300\nboot")
	s := r.score("n1")
	want := []string{
		"power-off n3: pay",
		"power-off 10.0.255.2: pay", // n3's only router
		"link-down 10.0.255.1-10.0.255.2: pay",
		"link-down 11.0.1.0/24: pay",
		"link-down n3 11.0.1.0/24: pay",
		"link-down 10.0.255.2 11.0.1.0/24: pay",
		"fail pay on n3: pay",
	}
	if got := lost(s); !slices.Equal(got, want) {
		t.Errorf("not survived:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(s.Only) != 1 || s.Only[0].Node != "n3" || s.Only[0].Unit.Name != "pay" {
		t.Errorf("the only nodes: %+v", s.Only)
	}
	// 3 nodes, 2 routers, 1 link, 2 networks with 5 attachments, 2 services that can fail
	if len(s.Failures) != 15 || s.Survived() != 8 {
		t.Errorf("survives %d of %d", s.Survived(), len(s.Failures))
	}
	for _, o := range s.Failures {
		if o.Line == "power-off n1" && (o.Moved != 1 || o.Gap == 0) {
			t.Errorf("%+v", o)
		}
	}
}

// TestScoreIsWhatIf: each failure, asked about alone on the whole cluster, is what
// the score says of it.
func TestScoreIsWhatIf(t *testing.T) {
	for _, seed := range []uint64{3, 4, 8, 12} {
		r := ofSeed(t, seed)
		on := r.observers()[0]
		m := r.model(on)
		for _, o := range r.score(on).Failures {
			a, err := m.Ask(o.Line, func() bool { return false })
			if err != nil {
				t.Fatal(err)
			}
			whole := &Outcome{Kind: o.Kind, Line: o.Line}
			whole.count(a)
			alone := Score{Failures: []Outcome{o}}
			if got, want := lost(&alone), lost(&Score{Failures: []Outcome{*whole}}); !slices.Equal(got, want) {
				t.Errorf("seed %d: the score says %q, what-if %q", seed, got, want)
			}
		}
	}
}

// TestFailuresOfWhatIsThere: what is down already cannot fail.
func TestFailuresOfWhatIsThere(t *testing.T) {
	r := newReality(t, three+"service web pref=n1:300\nboot")
	r.pass(0, "power-off n3")
	r.pass(100e9, "")
	for _, f := range r.model("n1").failures() {
		if strings.Contains(f.line, "n3") {
			t.Errorf("%s %s", f.kind, f.line)
		}
	}
}
