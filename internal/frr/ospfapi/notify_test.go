package ospfapi

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"

	"srr/internal/routerid"
)

// Bodies as FRR 8.4.4 sent them.
func TestParseCaptured(t *testing.T) {
	for _, c := range []struct {
		kind MsgType
		body string
		want Notification
	}{
		{MsgReadyNotify, "0bde000000000000", Ready{11, 222, 0}},
		{MsgReachableChange, "000300000a0000010a0000020a0000fe", ReachableChange{9, []routerid.ID{0x0a000001, 0x0a000002, 0x0a0000fe}, []routerid.ID{}}},
		{MsgReachableChange, "000000010a000001", ReachableChange{9, []routerid.ID{}, []routerid.ID{0x0a000001}}},
		{MsgISMChange, "0a4702030000000004000000", ISMChange{9, 0x0a470203, 0, ISMPointToPoint}},
		{MsgNSMChange, "0a4702030a4702fe0a0000fe09000000", NSMChange{9, 0x0a470203, 0x0a4702fe, 0x0a0000fe, NSMFull}},
		{MsgRouterIDChange, "0a000003", RouterIDChange{9, 0x0a000003}},
		{MsgNewIf, "0a47020300000001", NewIf{0x0a470203, 1}},
		{MsgDelIf, "0a470203", DelIf{0x0a470203}},
		{MsgType(99), "00", nil},
	} {
		b, _ := hex.DecodeString(c.body)
		got := parseNotification(message{c.kind, 9, b})
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", c.kind, d)
		}
		for n := range len(b) {
			if m, ok := parseNotification(message{c.kind, 9, b[:n]}).(Malformed); !ok && c.want != nil {
				t.Errorf("%s cut to %d bytes: %+v", c.kind, n, m)
			}
		}
	}
}

func TestTypeMask(t *testing.T) {
	if got := TypeMask(10, 11); got != 0x0600 {
		t.Errorf("%#x", got)
	}
}

func FuzzMessages(f *testing.F) {
	lsa := make([]byte, 12+HeaderSize+4)
	binary.BigEndian.PutUint16(lsa[12+18:], HeaderSize+4)
	for kind := range bodySizes {
		m := message{kind, 1, lsa}
		f.Add(m.marshal())
	}
	f.Add([]byte{1, 18, 0, 8, 0, 0, 0, 1, 0xff, 0xff, 0, 1, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		for {
			m, err := readMessage(r)
			if err != nil {
				return
			}
			if u, ok := parseNotification(m).(LSAUpdate); ok {
				_, _ = u.LSA.Payload(), u.LSA.String()
				if len(u.LSA.Raw) > len(m.body) {
					t.Fatal("LSA longer than its message")
				}
			}
		}
	})
}
