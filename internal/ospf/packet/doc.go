// Package packet is the codec of OSPF version 2 (RFC 2328, appendix A). It
// holds the link-state advertisements of RFC 2328, RFC 3101 (NSSA) and
// RFC 5250 (opaque); the five packet types belong here, too.
//
// Rules that hold for every codec of this package:
//
//   - Whatever is parsed without an error is written again byte for byte, so
//     that an LSA can be flooded without understanding it. Reserved bytes are
//     therefore fields, and types that are not known keep a Raw body.
//   - Parsing takes hostile input: it never panics, never reads past the
//     length that the LSA claims, copies what it keeps, and allocates no more
//     than a small multiple of its input.
//   - Errors name the field that was bad and are otherwise only text.
//
// The package is pure: no socket, no clock, no log.
package packet
