package main

// mutant is a bug that is planted in the core: pieces of files replaced by others,
// mostly one. Where a second line of defence hides a bug, both are broken. The tree
// itself is not touched: the compiler is given other files.
type mutant struct {
	name  string
	edits []edit
}

// edit is one piece of one file.
type edit struct {
	file string // below internal/
	old  string // exactly once in the file
	new  string
}

// bug is a mutant with a single edit.
func bug(name, file, from, to string) mutant { return mutant{name, []edit{{file, from, to}}} }

// mutants are the bugs that the simulator must find. Some are those that it, or
// the random schedules before it, did find.
var mutants = []mutant{
	// What counts.
	bug("forget the incarnation of a record", "node/peer.go",
		"if p.node == nil || r.Version.Incarnation != p.node.Version.Incarnation {", "if p.node == nil {"),
	{"let older records count", []edit{ // which the medium holds back
		{"node/peer.go", "if r.Version.Less(p.last[name]) || had && !old.Version.Less(r.Version) {", "if had && old.Version == r.Version {"},
		{"discovery/opaque/database.go", "return r.Version.Incarnation == n.version.Incarnation && r.Nonce != n.nonce //", "return true //"},
	}},
	bug("reuse the incarnation", "node/medium.go",
		"n.incarnation = 1 + max(n.incarnation, highest)", "n.incarnation = max(n.incarnation, 1)"),
	bug("believe that a node has settled without its records", "node/peer.go",
		"return p.here == remaining{p.node.Node.Instances, p.node.Node.InstanceSet}", "return true"),
	{"say settled before everything held was heard, and believe it", []edit{
		{"node/records.go", "if i.state.Held() && i.record.echo.Incarnation != n.incarnation {", "if i == nil {"},
		{"node/peer.go", "return p.here == remaining{p.node.Node.Instances, p.node.Node.InstanceSet}", "return true"},
	}},
	bug("hear no operator's intent from others", "node/intent.go",
		"if u == nil || !u.intent.Version.Less(in.Version) {", "if u == nil || u != nil {"),

	// What is free.
	bug("treat absence as stopped", "node/hold.go",
		"if !ok || n.isConfirmed(p.id, name, a.boot, a.version.Incarnation) {", "if _ = a; ok || !ok {"),
	bug("halve dead_after", "node/hold.go",
		"if end := a.since + a.deadAfter; end > n.now.Boot {", "if end := a.since + a.deadAfter/2; end > n.now.Boot {"),
	bug("release a silent resource after a while", "node/hold.go",
		"if a.forever || a.deadAfter == 0 {", "if a.forever {"),
	bug("wait for a node that cannot be reached", "node/hold.go",
		"return holding{} // unreachable: released, in convergent mode", "_ = 0"),
	bug("count a stop that was not verified as released", "node/stopping.go",
		"case !i.verified:", "case false:"),
	bug("take a kill for the stop of a resource", "node/stopping.go",
		"n.ask(i, Call{Kill: !i.spec.Resource(),", "n.ask(i, Call{Kill: true,"),
	bug("forget what could not be stopped", "node/saved.go",
		"case sameBoot && saved.State.Held():", "case false:"),
	bug("adopt what has no address any more", "node/saved.go",
		"return i.spec.Resource() || f.Address", "return true"),

	// Who runs it.
	bug("start without waiting for others", "node/starting.go",
		"case len(u.view.blockers) > 0:", "case false:"),
	bug("start before the join gate opens", "node/gate.go",
		"if why != \"\" {\n\t\tif wake", "if why == \"?\" {\n\t\tif wake"),
	bug("ignore being cut off", "node/gate.go",
		"return n.linksKnown && len(n.links.Full) == 0 && !n.opt.StartCutOff", "return n == nil"),
	bug("ignore a critical member that failed", "selection/candidate.go",
		"for _, name := range u.Critical {", "for _, name := range u.Critical[:0] {"),
	bug("go on although a better node starts", "node/starting.go",
		"case v.outranks != 0:", "case v == nil:"),
	bug("rank oneself before equals", "node/unit.go",
		"selection.Rank(v.order)", "selection.Rank(v.order[1:])"),
	bug("let a check take the last holder away", "node/started.go",
		"&& n.lastHolder(i) {", "&& false {"),
	bug("touch what runs in maintenance", "node/starting.go",
		"if n.maintenance() && !i.wantInactive && !n.leaving &&", "if n == nil &&"),

	// In which order.
	bug("start before the dependencies run", "node/starting.go",
		"if dep := n.instances[d]; dep == nil || dep.state != service.Started {\n\t\t\treturn \"its dependency", "if dep := n.instances[d]; dep == nil {\n\t\t\treturn \"its dependency"),
	bug("stop before the dependents have stopped", "node/stopping.go",
		"if d != i && dependsOn(d, i.spec.Name) && stillRuns(d) {", "if d == nil {"),
	{"start without the address", []edit{ // its driver says first that it cannot have it
		{"node/starting.go", "if !r.Owned {", "if r.Err == \"?\" {"},
		{"node/starting.go", "if r.Err != \"\" && !r.Owned {", "if r.Err == \"?\" {"},
	}},
	bug("announce before the service has started", "node/output.go",
		"return i.own, false\n", "return i.own, i.own\n"),

	// Getting on.
	bug("never free a place for a start", "node/calls.go",
		"n.starts--", "n.starts += 0"),
	bug("forget a deadline", "node/unit.go",
		"n.nextWake = min(n.nextWake, u.wake)", "n.nextWake = max(n.nextWake, u.wake)"),
	bug("do not look when a node is gone", "node/reach.go",
		"n.event(Event{Kind: EventPeer, Subject: id.String(), Detail: word})", "if _ = word; !up {\n\t\treturn\n\t}"),
	bug("leave an expired failure failed", "node/stopping.go",
		"n.expire(i, service.FailureExpired)", "_ = service.FailureExpired"),

	// What is flooded.
	bug("let the former versions of a record stay", "discovery/opaque/outbox.go",
		"o.planFlush(s.lsa, f)", "_ = f"),
}
