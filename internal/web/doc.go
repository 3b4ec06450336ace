// Package web is the console: pages for people and the API of package api, over
// TLS, for users whose identity and role were verified.
//
// Pages are made on the server, whole, and work without any script. A page's
// main part is cut into parts that have names (parts.go); while somebody
// watches it, it is made again whenever the cluster changes, once for all who
// watch it, and only the parts that differ are sent (live.go).
//
// Everything in a page that came from services, other nodes, routers or
// certificates is text: html/template escapes it, and what cannot be printed is
// made visible before it is sent (render.go).
//
// Each route demands a role (routes.go); one function asks for it (guard.go).
package web
