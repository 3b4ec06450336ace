// Package notify tells people outside the cluster what happened to it: by a
// command, a webhook or mail. What is worth telling is decided by the Watcher,
// which looks at the snapshots that a node publishes; the rest is delivery, which
// nothing else ever waits for.
package notify
