package opaque

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"srr/internal/discovery"
)

var seeds = flag.Uint64("seeds", 300, "how many random schedules to run")

// TestRandomOspfd drives the core by an ospfd that answers late, refuses, is purged
// by others, gives out what it had before, changes areas and dies. When it does so no
// more, each record is flooded once, in its latest version and in the right place, and
// what was told about everybody's records is what is there.
func TestRandomOspfd(t *testing.T) {
	for seed := range *seeds {
		o := newRandomOspfd(seed)
		o.connect()
		for range 400 {
			o.act()
		}
		if err := o.calm(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

// randomOspfd is one, with its client.
type randomOspfd struct {
	r       *rand.Rand
	c       *Core
	now     time.Time
	there   map[Name]LSA
	asked   []Request
	answers []Answer
	notes   []Notification
	areas   bool // a second one
	refuse  bool // sometimes

	incarnation uint64
	counter     uint64
	wanted      []discovery.Record
	view        map[discovery.Key]discovery.Version
	highest     map[discovery.Key]discovery.Version // ever shown since this began
}

func newRandomOspfd(seed uint64) *randomOspfd {
	o := &randomOspfd{
		r: rand.New(rand.NewPCG(seed, 7)), now: start, there: map[Name]LSA{}, incarnation: 1, refuse: true,
		view: map[discovery.Key]discovery.Version{}, highest: map[discovery.Key]discovery.Version{},
	}
	options := options()
	options.Place = func() uint16 { return uint16(o.r.Uint32()) }
	o.c = New(options, &Signatures{})
	return o
}

func (o *randomOspfd) connect() {
	o.asked, o.answers, o.notes = nil, nil, nil
	if err := o.c.Open(o.now); err != nil {
		panic(err)
	}
	o.step()
}

// lose ends the connection: what the client originated is flushed.
func (o *randomOspfd) lose(err error) {
	o.take(o.c.Lost(err))
	for k := range o.there {
		if k.Author == self {
			delete(o.there, k)
		}
	}
	o.connect()
}

func (o *randomOspfd) step() {
	out, err := o.c.Step(o.now)
	o.take(out)
	if err != nil {
		o.lose(err)
		return
	}
	o.asked = append(o.asked, out.Requests...)
}

func (o *randomOspfd) take(out Output) {
	for _, e := range out.Events {
		switch e := e.(type) {
		case discovery.Seen:
			o.view[e.Record.Key()] = e.Record.Version
		case discovery.Gone:
			delete(o.view, e.Key)
		case discovery.Up:
			o.incarnation = max(o.incarnation, e.OwnHighest) + 1
			o.wanted = nil
			o.want()
		}
	}
}

// want changes what is to be flooded. The node record is always there.
func (o *randomOspfd) want() {
	services := []string{"", "a", "b", "c"}
	o.wanted = slices.Clone(o.wanted)
	for k := range 1 + o.r.IntN(3) {
		s := services[o.r.IntN(len(services))]
		if k == 0 && len(o.wanted) == 0 {
			s = ""
		}
		o.wanted = slices.DeleteFunc(o.wanted, func(r discovery.Record) bool { return r.Key().Service == s })
		if o.r.IntN(5) == 0 && s != "" {
			continue
		}
		o.counter++
		r := record(self, o.incarnation, o.counter)
		if s == "" {
			r.Instance, r.Node = nil, &discovery.Node{Name: "n"}
		} else {
			r.Instance.Service = s
		}
		o.wanted = append(o.wanted, r)
	}
	o.c.Set(o.now, o.wanted)
}

// show puts an LSA into the database, in place of one of the same name.
func (o *randomOspfd) show(l LSA) {
	if old, ok := o.there[l.Name]; ok {
		o.notes = append(o.notes, Delete{old.Name})
	}
	o.there[l.Name] = l
	o.notes = append(o.notes, Update{l})
}

func (o *randomOspfd) remove(k Name, tell bool) {
	delete(o.there, k)
	if tell {
		o.notes = append(o.notes, Delete{k})
	}
}

func (o *randomOspfd) serve() {
	if len(o.asked) == 0 {
		return
	}
	r := o.asked[0]
	o.asked = o.asked[1:]
	var a Answer
	switch r.Kind {
	case RouterID:
		o.notes = append(o.notes, RouterIs{ID: self, Asked: true})
	case SyncInterfaces:
		o.tellAreas()
	case SyncLSDB:
		for _, k := range slices.SortedFunc(maps.Keys(o.there), Name.compare) {
			o.notes = append(o.notes, Update{o.there[k]})
		}
	case Originate:
		if o.refuse && o.r.IntN(10) == 0 {
			a = Answer{Refused, errors.New("not ready")}
			break
		}
		o.show(LSA{Name: r.LSA, Payload: r.Payload})
	case Flush:
		if _, ok := o.there[r.LSA]; !ok {
			a = Answer{NoSuchLSA, errors.New("no such LSA")}
		}
		o.remove(r.LSA, false)
		o.notes = append(o.notes, Delete{r.LSA}) // when it is old enough to go
	}
	o.answers = append(o.answers, a)
}

func (o *randomOspfd) tellAreas() {
	o.notes = append(o.notes, Interface{Addr: 1, State: InterfaceOther})
	if o.areas {
		o.notes = append(o.notes, Interface{Addr: 2, Area: 7, State: InterfaceOther})
	} else {
		o.notes = append(o.notes, NoInterface{Addr: 2})
	}
}

// deliver lets the client read some of what has come.
func (o *randomOspfd) deliver() {
	for range o.r.IntN(1 + len(o.notes)) {
		o.read()
	}
	for range o.r.IntN(1 + len(o.answers)) {
		o.c.Answered(o.now, o.answers[0])
		o.answers = o.answers[1:]
	}
}

func (o *randomOspfd) read() {
	n := o.notes[0]
	o.notes = o.notes[1:]
	if u, ok := n.(Update); ok {
		if r, err := discovery.Decode("lab", u.Author, u.Payload); err == nil && o.highest[r.Key()].Less(r.Version) {
			o.highest[r.Key()] = r.Version
		}
	}
	o.c.Take(o.now, n)
}

// act lets one thing happen.
func (o *randomOspfd) act() {
	switch k := o.r.IntN(100); {
	case k < 15:
		o.want()
	case k < 25:
		o.tamper()
	case k < 35:
		o.others()
	case k < 38:
		o.areas = !o.areas
		o.tellAreas()
	case k < 39:
		o.lose(errors.New("end of file"))
	case k < 70:
		o.serve()
	case k < 90:
		o.deliver()
	default:
		o.now = o.now.Add(time.Duration(o.r.IntN(400)) * time.Millisecond)
	}
	o.step()
}

// own returns one of our LSAs.
func (o *randomOspfd) own() (LSA, bool) {
	var own []LSA
	for _, k := range slices.SortedFunc(maps.Keys(o.there), Name.compare) {
		if k.Author == self {
			own = append(own, o.there[k])
		}
	}
	if len(own) == 0 {
		return LSA{}, false
	}
	return own[o.r.IntN(len(own))], true
}

// tamper: somebody purges an LSA of ours, or our own past comes back.
func (o *randomOspfd) tamper() {
	l, ok := o.own()
	past := record(self, max(o.incarnation, 2)-1, uint64(1+o.r.IntN(50)))
	b, _ := discovery.Encode("lab", past)
	switch o.r.IntN(3) {
	case 0:
		if ok {
			o.remove(l.Name, true)
		}
	case 1:
		if ok {
			o.show(LSA{Name: l.Name, Payload: b})
		}
	default:
		o.show(LSA{Name: Name{Type: OfArea, ID: opaqueType<<24 | 0xff0000 | o.r.Uint32N(99), Author: self}, Payload: b})
	}
}

// others flood, and replace what they flooded.
func (o *randomOspfd) others() {
	r := record(other, 1, uint64(1+o.r.IntN(40)))
	r.Instance.Service = string(rune('a' + o.r.IntN(2)))
	b, _ := discovery.Encode("lab", r)
	k := Name{Type: OfArea, ID: opaqueType<<24 | o.r.Uint32N(4), Author: other}
	if _, there := o.there[k]; there && o.r.IntN(2) == 0 {
		o.remove(k, true)
		return
	}
	o.show(LSA{Name: k, Payload: b})
}

// calm lets everything come to rest, and says what is wrong then.
func (o *randomOspfd) calm() error {
	o.refuse = false
	for end := o.now.Add(3 * time.Minute); o.now.Before(end); {
		for turns := 0; len(o.asked)+len(o.answers)+len(o.notes) > 0; turns++ {
			if turns > 10_000 {
				return errors.New("it never comes to rest")
			}
			o.serve()
			o.deliver()
			o.step()
		}
		next := o.c.Deadline(o.now)
		if !next.After(o.now) {
			return fmt.Errorf("it wants to be asked at once, %s after the start, and there is nothing to do", o.now.Sub(start))
		}
		o.now = next
		o.step()
	}
	return errors.Join(o.floodsAll(), o.knowsAll())
}

func (o *randomOspfd) floodsAll() error {
	flooded := map[discovery.Key]int{}
	for k, l := range o.there {
		if k.Author != self {
			continue
		}
		r, err := discovery.Decode("lab", self, l.Payload)
		if err != nil {
			return err
		}
		flooded[r.Key()]++
		kind := OfArea
		if o.areas {
			kind = OfAS
		}
		if !slices.ContainsFunc(o.wanted, func(w discovery.Record) bool { return w.Key() == r.Key() && w.Version == r.Version }) {
			return fmt.Errorf("%s is there: %q in version %v", k, r.Key().Service, r.Version)
		}
		if k.Type != kind {
			return fmt.Errorf("%s, want type %d", k, kind)
		}
	}
	for i := range o.wanted {
		if n := flooded[o.wanted[i].Key()]; n != 1 {
			return fmt.Errorf("%q is flooded %d times", o.wanted[i].Key().Service, n)
		}
	}
	return nil
}

func (o *randomOspfd) knowsAll() error {
	want := map[discovery.Key]discovery.Version{}
	for k, l := range o.there {
		r, err := discovery.Decode("lab", k.Author, l.Payload)
		if err == nil && r.Version == o.highest[r.Key()] {
			want[r.Key()] = r.Version
		}
	}
	if !maps.Equal(want, o.view) {
		return fmt.Errorf("there is %v, and told was %v", want, o.view)
	}
	return nil
}
