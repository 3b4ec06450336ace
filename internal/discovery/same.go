package discovery

import "slices"

// Same reports whether two bodies say the same.
func (n *Node) Same(o *Node) bool {
	return n.Name == o.Name && n.Console == o.Console && n.Software == o.Software && n.Flags == o.Flags &&
		n.Instances == o.Instances && n.InstanceSet == o.InstanceSet &&
		slices.Equal(n.Suspects, o.Suspects) && slices.Equal(n.Confirmed, o.Confirmed) && slices.Equal(n.Intents, o.Intents)
}

// Same reports whether two bodies say the same.
func (i *Instance) Same(o *Instance) bool {
	return i.State == o.State && i.Flags == o.Flags && i.Claim == o.Claim && i.Health == o.Health &&
		i.Service == o.Service && i.Group == o.Group && i.Critical == o.Critical && i.Preference == o.Preference &&
		i.Scope == o.Scope && i.Digest == o.Digest && i.Failure == o.Failure && i.Intent == o.Intent &&
		i.DeadAfter == o.DeadAfter && i.CheckInterval == o.CheckInterval && i.CheckedAt == o.CheckedAt &&
		slices.Equal(i.DependsOn, o.DependsOn) && slices.Equal(i.Addresses, o.Addresses) &&
		slices.Equal(i.Confirmed, o.Confirmed) && slices.Equal(i.Unknown, o.Unknown)
}
