package api_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"srr/internal/api"
	"srr/internal/api/apitest"
)

// large is a cluster of 32 nodes with 500 services, three instances each.
func large() api.Snapshot {
	s := apitest.Shop()
	dns := s.Services[1]
	s.Services, s.Units = nil, nil
	for i := range 500 {
		d := dns
		d.Name = fmt.Sprintf("dns%d", i)
		s.Services = append(s.Services, d)
		s.Units = append(s.Units, api.Unit{Name: d.Name, Members: []string{d.Name}, Eligible: 3})
	}
	return s
}

func BenchmarkEncodeSnapshot(b *testing.B) {
	s := large()
	for b.Loop() {
		out, err := json.Marshal(s)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(out)))
	}
}

func BenchmarkProblems(b *testing.B) {
	s := large()
	for b.Loop() {
		s.Problems()
	}
}
