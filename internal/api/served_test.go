package api

import "testing"

// TestPercentNeverRoundsUp: five nines are shown as five nines.
func TestPercentNeverRoundsUp(t *testing.T) {
	for p, want := range map[float64]string{
		100: "100 %", 99.9999999: "99.99999990 %", 99.99871: "99.9987 %", 99.95: "99.950 %", 99.5: "99.50 %", 98.7654: "98.76 %", 9.9999: "9.99 %", 0: "0.00 %", 50: "50.00 %",
	} {
		if got := (&ServedShare{Percent: &p}).PercentWord(); got != want {
			t.Errorf("%v is shown as %s, want %s", p, got, want)
		}
	}
}
