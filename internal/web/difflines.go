package web

import "strings"

// diffLine is a line of a text that was changed: "+" new, "-" gone, " " both.
type diffLine struct {
	Sign, Text string
}

// Class colors it.
func (l diffLine) Class() string { return map[string]string{"+": "added", "-": "gone"}[l.Sign] }

// maxDiffLines bounds the work, which grows with the square; longer texts are
// shown as gone and new.
const maxDiffLines = 1000

// diffLines is the least change between two texts, by lines (longest common
// subsequence).
func diffLines(old, next string) []diffLine {
	a, b := splitLines(old), splitLines(next)
	if len(a) > maxDiffLines || len(b) > maxDiffLines {
		return append(signed("-", a), signed("+", b)...)
	}
	// common[i][j]: of what follows a[i] and b[j].
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			common[i][j] = max(common[i+1][j], common[i][j+1])
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	var out []diffLine
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, diffLine{" ", a[i]})
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || common[i+1][j] >= common[i][j+1]):
			out = append(out, diffLine{"-", a[i]})
			i++
		default:
			out = append(out, diffLine{"+", b[j]})
			j++
		}
	}
	return out
}

func signed(sign string, lines []string) []diffLine {
	out := make([]diffLine, len(lines))
	for i, l := range lines {
		out[i] = diffLine{sign, l}
	}
	return out
}

func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}
