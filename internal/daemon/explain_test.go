package daemon

import (
	"slices"
	"strings"
	"testing"

	"srr/internal/api"
	"srr/internal/node"
	"srr/internal/selection"
	"srr/internal/service"
)

// TestExplainProposesWhatIsAllowed: a move to a node in maintenance would be refused.
func TestExplainProposesWhatIsAllowed(t *testing.T) {
	e := node.Explanation{Unit: service.Unit{Name: "web"}, Candidates: []node.Standing{
		{Candidate: selection.Candidate{Node: 0x0a000001, Hold: selection.HoldsUnit}},
		{Candidate: selection.Candidate{Node: 0x0a000002}},
		{Candidate: selection.Candidate{Node: 0x0a000003, Maintained: true}, Against: selection.RuleNotDrained},
	}}
	v := explainView(api.Snapshot{}, e)
	want := []string{"srrctl move web 10.0.0.2", "on 10.0.0.3: srrctl maintenance off"}
	if !slices.Equal(v.Changes, want) {
		t.Errorf("changes %q, want %q", v.Changes, want)
	}
	if facts := strings.Join(v.Candidates[2].Facts, ", "); !strings.Contains(facts, "in maintenance") {
		t.Errorf("facts of a node in maintenance: %s", facts)
	}
}
