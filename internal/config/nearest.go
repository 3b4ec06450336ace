package config

import (
	"fmt"
	"strings"
)

// didYouMean proposes the candidate that was probably meant; "" if none is near.
func didYouMean(got string, candidates []string) string {
	best, distance := "", max(2, len(got)/3)+1
	for _, c := range candidates {
		if len(got) > 2*len(c)+4 { // also bounds the work on hostile keys
			continue
		}
		if d := editDistance(spell(got), spell(c)); d < distance && d < len(c) {
			best, distance = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// spell removes differences that are no typing errors: Depends_On, dependsOn.
func spell(s string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(s))
}

// editDistance is Levenshtein's.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
