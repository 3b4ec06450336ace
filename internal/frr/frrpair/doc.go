// Package frrpair runs two hosts with real FRR on one link, for tests with the
// build tag lab that need the whole text of the daemons' configuration, and bfdd.
// Whole networks are the business of frrtest.
package frrpair
