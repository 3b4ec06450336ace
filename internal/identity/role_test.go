package identity

import "testing"

func TestRoles(t *testing.T) {
	for r := Viewer; r <= Administrator; r++ {
		if got, err := ParseRole(r.String()); err != nil || got != r {
			t.Errorf("%v: %v, %v", r, got, err)
		}
	}
	for _, s := range []string{"", "nobody", "Viewer", "root", "role 4"} {
		if r, err := ParseRole(s); err == nil || r != Nobody {
			t.Errorf("%q is %v", s, r)
		}
	}
}
