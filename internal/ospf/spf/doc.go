// Package spf computes routes from a link-state database: shortest paths within
// each area (RFC 2328, section 16.1), then inter-area routes and AS boundary
// routers (16.2), then external destinations (16.4; RFC 3101, section 2.5 for
// those of not-so-stubby areas).
//
// It answers three questions. Which routers can be reached, Reachability: the
// medium asks it, because a routing daemon's API reports the attached areas only.
// Where does a router send packets for an address, Table.Lookup. Which way do
// packets take, Trace: the map and `srrctl` ask it.
//
// The answers are for any router as root, as far as the database shows what it
// sees: a database holds the areas of the router that keeps it. LSAs of age MaxAge
// do not count. Not computed: virtual links (16.3), metrics per type of service
// and the discard routes of address ranges, which are configuration that the
// database does not show. A router link of metric 65,535 is a last resort like
// any high cost (RFC 6987).
//
// The package is pure. Topology is an immutable index over the database at one
// instant, so that several roots can be computed over it, by several goroutines.
package spf
