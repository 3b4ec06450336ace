package web

import (
	"fmt"
	"strconv"
	"time"

	"srr/internal/api"
)

// availabilityRow is one service, and how it was served.
type availabilityRow struct {
	Service, Path string
	Group         *groupMark
	Shares        [2]shareView // 30 and 365 days
}

// shareView is a share in words.
type shareView struct {
	Percent, Class string
	Down, Planned  string
	Unknown, Seen  string
	Whole          bool // all of the days were seen
	Severity       string
}

func (s *Server) availability(v *visit) (page, error) {
	services, groups := map[string]*api.Service{}, groupMarks(&v.snap)
	for i := range v.snap.Services {
		services[v.snap.Services[i].Name] = &v.snap.Services[i]
	}
	var rows []availabilityRow
	for _, x := range s.opt.API.Served() {
		r := availabilityRow{Service: x.Service, Shares: [2]shareView{shareOf(&x.Month), shareOf(&x.Year)}}
		if svc := services[x.Service]; svc != nil {
			r.Group, r.Path = groups[svc.Group], unitPath(unitWord(svc.Unit()))
		}
		rows = append(rows, r)
	}
	return page{Title: "Availability", Name: "availability", Data: rows, Help: "availability"}, nil
}

func shareOf(s *api.ServedShare) shareView {
	seen := time.Duration(s.SeenSeconds() * float64(time.Second))
	w := shareView{
		Down: spanWord(s.DownSeconds), Planned: spanWord(s.PlannedSeconds), Unknown: spanWord(s.UnknownSeconds),
		// The day that is not over is one of them.
		Whole: seen > time.Duration(s.Days-1)*24*time.Hour, Seen: spanWord(s.SeenSeconds()), Severity: "off",
	}
	if s.Percent != nil && s.Class != nil {
		w.Percent, w.Class, w.Severity = s.PercentWord(), strconv.Itoa(*s.Class), "ok"
		if s.DownSeconds > 0 {
			w.Severity = "warn"
		}
	}
	return w
}

// spanWord is a span in its two largest units.
func spanWord(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d <= 0:
		return ""
	case d < time.Minute:
		return took(d)
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%d d %d h", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}
