// Package faults breaks a real cluster in every way that its scripts name, and
// looks after each script whether what must always hold still does.
//
// testdata/*.txt are the scripts: what is broken, in the words of srr-lab fault,
// what an operator does, in the words of srrctl, and what must then be seen. See
// docs/testing.md for the words, and for which fault is shown where.
package faults
