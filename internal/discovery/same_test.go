package discovery

import (
	"net/netip"
	"reflect"
	"testing"
	"time"
)

// TestSame: whatever field of a body is another one, the bodies are not equal.
func TestSame(t *testing.T) {
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Node]()) {
		var a, b Node
		touch(t, reflect.ValueOf(&b).Elem().FieldByIndex(field.Index))
		if a.Same(&b) || b.Same(&a) || !b.Same(&b) {
			t.Errorf("a node with another %s counts as equal", field.Name)
		}
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Instance]()) {
		var a, b Instance
		touch(t, reflect.ValueOf(&b).Elem().FieldByIndex(field.Index))
		if a.Same(&b) || b.Same(&a) || !b.Same(&b) {
			t.Errorf("an instance with another %s counts as equal", field.Name)
		}
	}
}

// touch makes a value another one than its zero value.
func touch(t *testing.T, v reflect.Value) {
	t.Helper()
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = time.Unix(1, 0)
		return
	case *netip.AddrPort:
		*x = netip.MustParseAddrPort("10.0.0.1:1")
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.Array:
		touch(t, v.Index(v.Len()-1))
	case reflect.Struct:
		touch(t, v.Field(v.NumField()-1))
	default:
		t.Fatalf("no other value of %s", v.Type())
	}
}
