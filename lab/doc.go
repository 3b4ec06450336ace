// Package lab builds small networks out of network namespaces, with real FRR
// routers, real hosts and a client, breaks them on demand and takes them down
// again. The tests, the demonstration and the benchmarks run on it.
//
// Every object of a lab carries the lab's prefix and is written down under
// [StateRoot] before it is made, so that whoever comes next can take a lab down
// whose owner was killed. Nothing outside of the lab's own namespaces, its own
// directory and its own control groups is changed, and no process is ended that
// the lab did not start.
//
// A host or router of the lab looks like a machine of its own: it has its
// network, its host name, its /run, its /etc/frr, its root of the control
// groups and its boot ID, and no systemd. Its disk is that of the machine.
package lab
