package login

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"srr/internal/identity"
)

var (
	noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	here = netip.MustParsePrefix("192.0.2.7/32")
	anna = Grant{Name: "anna", Role: identity.Operator, By: "root", Valid: 15 * time.Minute, Lasts: 8 * time.Hour}
)

func issue(t *testing.T, d *Desk, g Grant) string {
	t.Helper()
	token, expires, err := d.Issue(noon, g)
	if err != nil || !expires.Equal(noon.Add(g.Valid)) {
		t.Fatal(expires, err)
	}
	return token
}

// TestTokenIsGoodOnce: for one session, which is its user's until it ends.
func TestTokenIsGoodOnce(t *testing.T) {
	var d Desk
	token := issue(t, &d, anna)
	secret, s, err := d.Redeem(noon, here, "192.0.2.7:4711", " "+strings.ToLower(strings.ReplaceAll(token, "-", " "))+"\t")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Redeem(noon, here, "", token); !errors.Is(err, ErrNoToken) {
		t.Errorf("a second time: %v", err)
	}
	want := identity.User{Name: "anna", Role: identity.Operator, Via: "session " + s.ID + ", token by root", Token: true}
	last := noon.Add(8*time.Hour - 1)
	if u, err := d.User(last, secret); u != want || err != nil {
		t.Errorf("%+v %v", u, err)
	}
	if u, err := d.User(last.Add(1), secret); u != (identity.User{}) || !errors.Is(err, ErrNoSession) {
		t.Errorf("after its end: %+v %v", u, err)
	}
	for _, other := range []string{"", token, s.ID, secret + "x"} {
		if _, err := d.User(noon, other); !errors.Is(err, ErrNoSession) {
			t.Errorf("%q is a session", other)
		}
	}
	d.End(secret)
	if _, err := d.User(noon, secret); !errors.Is(err, ErrNoSession) {
		t.Error("it goes on after its end")
	}
}

func TestTokenEnds(t *testing.T) {
	var d Desk
	token := issue(t, &d, anna)
	if _, _, err := d.Redeem(noon.Add(15*time.Minute), here, "", token); !errors.Is(err, ErrNoToken) {
		t.Errorf("%v", err)
	}
}

// TestRevoke ends what a user has, and nothing of others.
func TestRevoke(t *testing.T) {
	var d Desk
	bert := anna
	bert.Name = "bert"
	first, second, other := issue(t, &d, anna), issue(t, &d, anna), issue(t, &d, bert)
	secret, _, err := d.Redeem(noon, here, "", first)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Passes(noon); len(got) != 3 {
		t.Errorf("%+v", got)
	}
	if n := d.Revoke(noon, "anna"); n != 2 {
		t.Errorf("%d ended", n)
	}
	if _, err := d.User(noon, secret); err == nil {
		t.Error("the session goes on")
	}
	if _, _, err := d.Redeem(noon, here, "", second); err == nil {
		t.Error("the token is good")
	}
	if _, _, err := d.Redeem(noon, here, "", other); err != nil {
		t.Error(err)
	}
}

// TestBounds: no name, role or time that is out of bounds, and no end of tokens and
// sessions. What is full spends no token.
func TestBounds(t *testing.T) {
	var d Desk
	for _, change := range []func(*Grant){
		func(g *Grant) { g.Name = "<anna>" },
		func(g *Grant) { g.Role = identity.Nobody },
		func(g *Grant) { g.Role = identity.Administrator + 1 },
		func(g *Grant) { g.Valid = 0 },
		func(g *Grant) { g.Valid = MaxValid + 1 },
		func(g *Grant) { g.Lasts = -1 },
		func(g *Grant) { g.Lasts = MaxLasts + 1 },
	} {
		g := anna
		change(&g)
		if _, _, err := d.Issue(noon, g); err == nil {
			t.Errorf("%+v", g)
		}
	}
	for range MaxSessions {
		if _, _, err := d.Redeem(noon, here, "", issue(t, &d, anna)); err != nil {
			t.Fatal(err)
		}
	}
	token := issue(t, &d, anna)
	if _, _, err := d.Redeem(noon, here, "", token); !errors.Is(err, ErrFull) {
		t.Errorf("one session more: %v", err)
	}
	for range MaxTokens - 1 {
		issue(t, &d, anna)
	}
	if _, _, err := d.Issue(noon, anna); !errors.Is(err, ErrFull) {
		t.Errorf("one token more: %v", err)
	}
	day := anna
	day.Valid = MaxValid
	later := noon.Add(8 * time.Hour)
	if _, _, err := d.Issue(later, day); err != nil {
		t.Errorf("after they have ended: %v", err)
	}
	if got := d.Passes(later); len(got) != 1 {
		t.Errorf("%d are left", len(got))
	}
}

// TestWrongTokensAreCounted for each origin, and those of many origins together.
func TestWrongTokensAreCounted(t *testing.T) {
	var d Desk
	token := issue(t, &d, anna)
	guess := func(now time.Time, from netip.Prefix) error {
		_, _, err := d.Redeem(now, from, "", "AAAAA")
		return err
	}
	for range maxTries {
		if err := guess(noon, here); !errors.Is(err, ErrNoToken) {
			t.Fatal(err)
		}
	}
	if _, _, err := d.Redeem(noon, here, "", token); !errors.Is(err, ErrTooOften) {
		t.Errorf("the %dth: %v", maxTries+1, err)
	}
	elsewhere := netip.MustParsePrefix("2001:db8::/64")
	if err := guess(noon, elsewhere); !errors.Is(err, ErrNoToken) {
		t.Errorf("somebody else is counted, too: %v", err)
	}
	for i := range maxOrigins + maxTries {
		_ = guess(noon, netip.MustParsePrefix(fmt.Sprintf("10.%d.%d.0/24", i/256, i%256)))
	}
	if len(d.tries.wrong) > maxOrigins+1 {
		t.Errorf("%d origins are remembered", len(d.tries.wrong))
	}
	if err := guess(noon, netip.MustParsePrefix("10.99.0.0/24")); !errors.Is(err, ErrTooOften) {
		t.Errorf("one of too many: %v", err)
	}
	if _, _, err := d.Redeem(noon.Add(tryWindow), here, "", token); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}
