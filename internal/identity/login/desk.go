// Package login lets users in who can use no certificate: each by a token that
// somebody made for them, once, for a session that ends.
//
// Everything is in memory. Who restarts srrd ends all of it.
package login

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"srr/internal/identity"
)

// Bounds of what a desk holds, and for how long.
const (
	MaxTokens   = 64
	MaxSessions = 256
	MaxValid    = 24 * time.Hour // of a token until it is used
	MaxLasts    = 24 * time.Hour // of a session
	maxBy       = 64             // bytes of Grant.By
)

// Sentinels of Redeem and User.
var (
	ErrNoToken   = errors.New("there is no such token: it was used, has ended, or was never made")
	ErrTooOften  = errors.New("too many wrong tokens came from there: wait a minute")
	ErrFull      = errors.New("there are too many already: wait, or srrctl login end NAME")
	ErrNoSession = errors.New("there is no such session: it has ended")
)

// Grant is what a token gives to whoever has it.
type Grant struct {
	Name  string // of the user, as a user certificate would have it
	Role  identity.Role
	By    string        // who made it, for the audit trail
	Valid time.Duration // how long the token may be used, up to MaxValid
	Lasts time.Duration // how long the session lasts from then on, up to MaxLasts
}

// Pass is a token that waits to be used, or a session.
type Pass struct {
	Grant
	ID      string // of a session, for people; "": a token
	From    string // where the session began
	Since   time.Time
	Expires time.Time
}

// digest stands for a secret: the desk keeps no secret that could be read out.
type digest [sha256.Size]byte

// Desk gives tokens out and takes them back for sessions. The zero value is empty.
// It is safe for concurrent use; now is what time.Now says, and need not be exact.
type Desk struct {
	mu       sync.Mutex
	tokens   map[digest]Pass
	sessions map[digest]Pass
	tries    tries
}

// Issue makes a token of 128 random bits, for a person to copy or to type. The error
// says what of the grant is out of bounds, or is ErrFull.
func (d *Desk) Issue(now time.Time, g Grant) (token string, expires time.Time, err error) {
	if err := identity.CheckUser(g.Name, g.Role); err != nil {
		return "", time.Time{}, err
	}
	if g.Valid <= 0 || g.Valid > MaxValid || g.Lasts <= 0 || g.Lasts > MaxLasts {
		return "", time.Time{}, fmt.Errorf("a token is valid for up to %s, and its session lasts up to %s", MaxValid, MaxLasts)
	}
	g.By = g.By[:min(len(g.By), maxBy)]
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep(now)
	if len(d.tokens) >= MaxTokens {
		return "", time.Time{}, fmt.Errorf("make a token: %w", ErrFull)
	}
	secret := rand.Text()
	p := Pass{Grant: g, Since: now, Expires: now.Add(g.Valid)}
	d.tokens[digestOf(secret)] = p
	return grouped(secret), p.Expires, nil
}

// grouped is easier to copy by eye.
func grouped(secret string) string {
	var parts []string
	for c := range slices.Chunk([]byte(secret), 5) {
		parts = append(parts, string(c))
	}
	return strings.Join(parts, "-")
}

// plain undoes grouped, and what people do to a text that they type.
func plain(token string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' || r == '\t' {
			return -1
		}
		return r
	}, strings.ToUpper(token))
}

// maxToken bounds what is looked at of a token, in bytes.
const maxToken = 64

// Redeem takes a token, which is spent then, and begins a session: secret is what the
// browser shows from now on. From is where the request comes from, and origin what of
// it counts as one when tries are counted. The error is ErrNoToken, ErrTooOften, or
// wraps ErrFull; the token is not spent then.
func (d *Desk) Redeem(now time.Time, origin netip.Prefix, from, token string) (secret string, s Pass, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep(now)
	if !d.tries.may(now, origin) {
		return "", Pass{}, ErrTooOften
	}
	key := digestOf(plain(token[:min(len(token), maxToken)]))
	t, ok := d.tokens[key]
	switch {
	case !ok:
		d.tries.failed(origin)
		return "", Pass{}, ErrNoToken
	case len(d.sessions) >= MaxSessions:
		return "", Pass{}, fmt.Errorf("begin a session: %w", ErrFull)
	}
	delete(d.tokens, key)
	secret = rand.Text()
	id := digestOf(secret)
	s = Pass{Grant: t.Grant, ID: hex.EncodeToString(id[:4]), From: from, Since: now, Expires: now.Add(t.Lasts)}
	d.sessions[id] = s
	return secret, s, nil
}

// User says whose session it is. The error is ErrNoSession, and the user Nobody then.
func (d *Desk) User(now time.Time, secret string) (identity.User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.sessions[digestOf(secret)]
	if !ok || !now.Before(s.Expires) {
		return identity.User{}, ErrNoSession
	}
	return s.User(), nil
}

// User is the user of a session.
func (p *Pass) User() identity.User {
	return identity.User{Name: p.Name, Role: p.Role, Via: "session " + p.ID + ", token by " + p.By, Token: true}
}

// End ends a session, if there is such a one.
func (d *Desk) End(secret string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.sessions, digestOf(secret))
}

// Revoke ends all sessions of a user and takes back all tokens that were made for
// them. It returns how many there were.
func (d *Desk) Revoke(now time.Time, name string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep(now)
	before := len(d.tokens) + len(d.sessions)
	d.drop(func(p Pass) bool { return p.Name == name })
	return before - len(d.tokens) - len(d.sessions)
}

// Passes are all tokens that wait and all sessions, oldest first.
func (d *Desk) Passes(now time.Time) []Pass {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep(now)
	var out []Pass
	for _, m := range []map[digest]Pass{d.tokens, d.sessions} {
		for _, p := range m {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b Pass) int { return a.Since.Compare(b.Since) })
	return out
}

// sweep forgets what has ended.
func (d *Desk) sweep(now time.Time) {
	if d.tokens == nil {
		d.tokens, d.sessions = map[digest]Pass{}, map[digest]Pass{}
	}
	d.drop(func(p Pass) bool { return !now.Before(p.Expires) })
}

func (d *Desk) drop(ended func(Pass) bool) {
	for _, m := range []map[digest]Pass{d.tokens, d.sessions} {
		for k, p := range m {
			if ended(p) {
				delete(m, k)
			}
		}
	}
}

func digestOf(secret string) digest { return sha256.Sum256([]byte(secret)) }
