package ca

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"srr/internal/durable"
)

// dirTokens holds one file per token that nobody has used.
const dirTokens = "tokens"

// maxTokens bounds the tokens that wait.
const maxTokens = 100

// Token lets one node enrol itself, once. Who holds the secret is that node.
type Token struct {
	ID      TokenID   `json:"id"`
	Secret  []byte    `json:"secret"` // 32 bytes; the key of an HMAC, never sent
	Node    Node      `json:"node"`   // what the certificates will say: nothing of it is the node's own word
	Expires time.Time `json:"expires"`
}

// TokenID names a token; it is no secret.
type TokenID [8]byte

func (id TokenID) String() string { return hex.EncodeToString(id[:]) }

// MarshalText writes hexadecimal digits.
func (id TokenID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads exactly 16 hexadecimal digits.
func (id *TokenID) UnmarshalText(b []byte) error {
	if len(b) != 2*len(id) {
		return errors.New("want 16 hexadecimal digits")
	}
	_, err := hex.Decode(id[:], b)
	return err
}

func (id TokenID) file() string { return dirTokens + "/" + id.String() + ".json" }

// NewToken makes a token for a node.
func (c *CA) NewToken(n Node, valid time.Duration, now time.Time) (Token, error) {
	t := Token{Secret: make([]byte, 32), Node: n, Expires: now.Add(valid).UTC().Truncate(time.Second)}
	if _, err := c.template(holderOf(n), valid, now); err != nil {
		return Token{}, err // before anybody carries it to the node
	}
	_, err := rand.Read(t.ID[:])
	if _, err2 := rand.Read(t.Secret); err != nil || err2 != nil {
		return Token{}, errors.Join(err, err2)
	}
	if err := c.dir.Mkdir(dirTokens, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return Token{}, fmt.Errorf("make a token: %w", err)
	}
	if err := c.pruneTokens(now); err != nil {
		return Token{}, fmt.Errorf("make a token: %w", err)
	}
	text, err := json.Marshal(t)
	if err != nil {
		return Token{}, err
	}
	tokens, err := c.dir.OpenRoot(dirTokens)
	if err != nil {
		return Token{}, fmt.Errorf("make a token: %w", err)
	}
	defer tokens.Close()
	if err := durable.WriteFile(tokens, t.ID.String()+".json", text, 0o600); err != nil {
		return Token{}, fmt.Errorf("make a token: %w", err)
	}
	return t, nil
}

// pruneTokens removes those that have expired.
func (c *CA) pruneTokens(now time.Time) error {
	entries, err := fs.ReadDir(c.dir.FS(), dirTokens)
	if err != nil {
		return err
	}
	left := 0
	for _, e := range entries {
		t, err := c.readToken(dirTokens + "/" + e.Name())
		if err == nil && now.Before(t.Expires) {
			left++
			continue
		}
		if err := c.dir.Remove(dirTokens + "/" + e.Name()); err != nil {
			return err
		}
	}
	if left >= maxTokens {
		return fmt.Errorf("%d tokens wait already", left)
	}
	return nil
}

func (c *CA) readToken(name string) (Token, error) {
	text, err := c.dir.ReadFile(name)
	if err != nil {
		return Token{}, err
	}
	var t Token
	return t, json.Unmarshal(text, &t)
}

// ErrToken: there is no such token. Whether there was one is not said.
var ErrToken = errors.New("this token was used, has expired, or never was: make a new one (srrctl token)")

// Token returns a token that may be used still.
func (c *CA) Token(id TokenID, now time.Time) (Token, error) {
	t, err := c.readToken(id.file())
	if errors.Is(err, fs.ErrNotExist) || err == nil && !now.Before(t.Expires) {
		return Token{}, ErrToken
	}
	return t, err
}

// Spend ends a token, for good, before anything is given for it.
func (c *CA) Spend(t Token) error {
	if err := c.dir.Remove(t.ID.file()); err != nil {
		return ErrToken
	}
	tokens, err := c.dir.OpenRoot(dirTokens)
	if err != nil {
		return err
	}
	defer tokens.Close()
	return durable.Sync(tokens)
}
