package whatif

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestTranslate(t *testing.T) {
	r := newReality(t, three+"service web pref=n1:300\nservice vip address-only\nboot")
	m := r.model("n2")
	for line, want := range map[string][]string{
		"power-off n1":                    {"power-off n1"},
		"power-off n1 10.0.0.3":           {"power-off n1", "power-off n3"},
		"router-off 10.0.255.1":           {"power-off 10.0.255.1"},
		"power-off n1 ; power-on n3":      {"power-off n1", "power-on n3"},
		"link-down n1 11.0.0.0/24":        {"link-down n1 11.0.0.0/24"},
		"link-down n1 10.0.255.1":         {"link-down n1 11.0.0.0/24"},
		"link-down 11.0.1.9":              {"link-down n3 11.0.1.0/24", "link-down 10.0.255.2 11.0.1.0/24"},
		"link-down 10.0.255.1-10.0.255.2": {"link-down 10.0.255.1 10.0.255.1-10.0.255.2", "link-down 10.0.255.2 10.0.255.1-10.0.255.2"},
		"site-off 11.0.1.0/24":            {"power-off n3", "power-off 10.0.255.2"},
		"fail web":                        {"behave n1 web restart fail", "behave n1 web start fail", "behave n1 web check down", "die n1 web"},
		"kill n1 srrd never":              {"kill n1 srrd never"},
		"partition 11.0.0.3 n1":           {"partition 11.0.0.0/24 n1"},
		"pause n1 5s":                     {"pause n1 5s"},
		"move web n3":                     {"do n2 move web n3"},
		"move web 10.0.0.3":               {"do n2 move web n3"},
		"drain --stop":                    {"do n2 drain --stop"},
		"maintenance on":                  {"do n2 maintenance on"},
		"do n1 stop service/web":          {"do n1 stop web"},
		"clear web":                       {"behave n2 web start ok", "behave n2 web stop ok", "do n2 clear web"},
	} {
		got, err := m.Translate(line)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, want %q", line, got, err, want)
		}
		w := m.newWorld(nil, false, func() bool { return false })
		if err := w.begin(); err != nil {
			t.Fatal(err)
		}
		for _, c := range got {
			if err := w.Do(c); err != nil {
				t.Errorf("the simulator does not know %q: %v", c, err)
			}
		}
	}
	for line, want := range map[string]string{
		"":                        "what if what",
		" ; ":                     "what if what",
		"explode n1":              "no word",
		"power-off":               "needs a node",
		"power-off n9":            `no node or router "n9": there are 10.0.255.1, 10.0.255.2, n1, n2, n3`,
		"power-off 10.9.9.9":      "no node or router",
		"link-down 11.0.9.0/24":   "no link",
		"link-down n1 n3":         "no link in common",
		"link-down n1 lan7":       "no link of n1",
		"site-off n1":             "no network",
		"fail nothing":            "does not run",
		"fail web on":             "usage",
		"fail vip":                "neither processes nor a check",
		"kill n1":                 "usage",
		"partition 11.0.0.0/24 x": "no node",
		"move web n9":             `no service, group or node "n9"`,
		"stop nothing":            "no service, group or node",
		"do n1":                   "usage",
		"do n1 power-off n2":      "usage",
		"do 10.0.255.1 drain":     "no srrd",
		"wipe n1":                 "no word",
		"behave n1 web start ok":  "no word",
	} {
		_, err := m.Translate(line)
		var word *WordError
		if !errors.As(err, &word) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", line, err, want)
		}
	}
}

// TestWords: whatever is offered is understood.
func TestWords(t *testing.T) {
	r := newReality(t, three+"service web pref=n1:300\nboot")
	m := r.model("n2")
	for _, w := range Words {
		var word *WordError
		if _, err := m.Translate(w); errors.As(err, &word) && strings.Contains(word.Text, "no word") {
			t.Errorf("%s: %v", w, err)
		}
	}
}
