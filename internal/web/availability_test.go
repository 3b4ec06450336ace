package web

import (
	"strings"
	"testing"

	"srr/internal/api"
)

// TestAvailabilityPage says the figure, the class, and of how long it is.
func TestAvailabilityPage(t *testing.T) {
	s := newSite(t)
	percent, class, all, seven := 99.9884259, 3, 100.0, 7
	web := func(days int) api.ServedShare {
		return api.ServedShare{Days: days, UpSeconds: 3*86400 - 20 + 500, DownSeconds: 20, PlannedSeconds: 3600, Percent: &percent, Class: &class}
	}
	s.fake.Sums = []api.Served{{Service: "<b>x", Year: api.ServedShare{Days: 365, UpSeconds: 5, Percent: &all, Class: &seven}}, {Service: "web", Month: web(30), Year: web(365)}}
	body := s.get(s.as("viewer"), "/availability").body
	for _, want := range []string{
		">99.988 %<", `data-l="class">3<`, ">20s<", "planned 1 h 0 min", "of the 3 d 1 h that were seen", "&lt;b&gt;x", "not known", ">never<",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %s", want, body)
		}
	}
	if n := strings.Count(body, "of the 3 d 1 h that were seen"); n != 2 {
		t.Errorf("%d of 2 figures say of how long they are", n)
	}
	if got := s.get(s.as("viewer"), "/v1/availability"); !strings.Contains(got.body, `{"service":"web","month":{"days":30,`) {
		t.Error(got.body)
	}
	s.fake.Sums = nil
	if body := s.get(s.as("viewer"), "/availability").body; !strings.Contains(body, "Nothing was counted yet") {
		t.Error(body)
	}
}
