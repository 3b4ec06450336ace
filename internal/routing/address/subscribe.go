package address

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// groups of notifications. Those of routes are many on a router, so the filter
// leaves only removals of routes with our mark.
var groups = []int{
	unix.RTNLGRP_IPV4_IFADDR, unix.RTNLGRP_IPV6_IFADDR, unix.RTNLGRP_LINK,
	unix.RTNLGRP_IPV4_ROUTE, unix.RTNLGRP_IPV6_ROUTE,
}

// subscribe makes events hear what others than requests change.
func subscribe(events, requests int) error {
	if err := attachFilter(events, requests); err != nil {
		return err
	}
	for _, group := range groups {
		if err := unix.SetsockoptInt(events, unix.SOL_NETLINK, unix.NETLINK_ADD_MEMBERSHIP, group); err != nil {
			return fmt.Errorf("subscribe to netlink group %d: %w", group, err)
		}
	}
	return nil
}

// attachFilter lets the kernel drop the notifications that requests caused
// (1,000 renewals make 1,000 of them) and those of other people's routes.
func attachFilter(events, requests int) error {
	sa, err := unix.Getsockname(requests)
	if err != nil {
		return fmt.Errorf("read netlink port: %w", err)
	}
	own := sa.(*unix.SockaddrNetlink).Pid
	const header = unix.SizeofNlMsghdr
	f := []unix.SockFilter{
		load(unix.BPF_W, 12), // nlmsg_pid: who asked for the change
		equal(networkOrder(native.AppendUint32(nil, own)), 6, 0),
		load(unix.BPF_H, 4), // nlmsg_type
		equal(networkOrder(native.AppendUint16(nil, unix.RTM_NEWROUTE)), 4, 0),
		equal(networkOrder(native.AppendUint16(nil, unix.RTM_DELROUTE)), 0, 2),
		load(unix.BPF_B, header+5), // rtm_protocol
		equal(Protocol, 0, 1),
		{Code: unix.BPF_RET | unix.BPF_K, K: ^uint32(0)},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0},
	}
	program := unix.SockFprog{Len: uint16(len(f)), Filter: &f[0]}
	if err := unix.SetsockoptSockFprog(events, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program); err != nil {
		return fmt.Errorf("filter netlink notifications: %w", err)
	}
	return nil
}

func load(size uint16, offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | size | unix.BPF_ABS, K: offset}
}

// equal skips so many instructions, depending on the comparison.
func equal(k uint32, yes, no uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: k, Jt: yes, Jf: no}
}

// networkOrder is what classic BPF loads where b is stored.
func networkOrder(b []byte) uint32 {
	var v uint32
	for _, x := range b {
		v = v<<8 | uint32(x)
	}
	return v
}
