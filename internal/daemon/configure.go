package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"srr/internal/api"
	"srr/internal/config"
	"srr/internal/web"
)

// configurator changes the files of services for the console.
type configurator struct {
	d     *Daemon
	state string // directory
}

// Versions implements web.Configurator.
func (c *configurator) Versions(_ context.Context, name string) ([]web.Version, error) {
	if !config.ValidName(name) {
		return nil, nil
	}
	return versions(c.state, name)
}

// Text implements web.Configurator.
func (c *configurator) Text(_ context.Context, name string) (string, error) {
	text, err := config.ServiceText(c.d.opt.Config, name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w: %w", err, api.ErrNotFound)
	}
	return string(text), configRefusal(err)
}

// Check implements web.Configurator.
func (c *configurator) Check(ctx context.Context, name, text string) (web.Draft, error) {
	next, err := c.load(name, text, config.CheckService, config.CheckDelete)
	if err != nil {
		return web.Draft{}, err
	}
	var draft web.Draft
	err = c.d.inLoop(ctx, func() {
		live, blocked := config.Diff(c.d.cfg, next, c.d.inactive)
		draft = web.Draft{Live: changeList(live), Blocked: changeList(blocked)}
	})
	return draft, err
}

// Save implements web.Configurator. What is blocked is refused before anything is
// written, so that the next start reads nothing that was refused.
func (c *configurator) Save(ctx context.Context, name, text string) (api.Reply, error) {
	draft, err := c.Check(ctx, name, text)
	if err != nil {
		return api.Reply{}, err
	}
	if len(draft.Blocked) > 0 {
		return api.Reply{}, &api.Refusal{Rule: "active", Text: "the service is active on this node; nothing was changed", List: draft.Blocked, Advice: "srrctl deactivate " + name}
	}
	if old, err := config.ServiceText(c.d.opt.Config, name); err == nil {
		if err := keepVersion(c.state, name, string(old), time.Now()); err != nil {
			return api.Reply{}, err
		}
	}
	if _, err := c.load(name, text, config.SaveService, config.DeleteService); err != nil {
		return api.Reply{}, err
	}
	return c.d.reload(ctx, false)
}

type (
	withText func(path, name string, text []byte, prober config.Prober) (*config.Config, error)
	without  func(path, name string, prober config.Prober) (*config.Config, error)
)

// load carries out one of two, and words its mistakes.
func (c *configurator) load(name, text string, with withText, gone without) (*config.Config, error) {
	if text == "" {
		next, err := gone(c.d.opt.Config, name, Prober{})
		return next, configRefusal(err)
	}
	next, err := with(c.d.opt.Config, name, []byte(text), Prober{})
	return next, configRefusal(err)
}

// configRefusal is an answer to who wrote the text; nil for nil.
func configRefusal(err error) error {
	if err == nil {
		return nil
	}
	return &api.Refusal{Rule: "configuration", Text: "the configuration has mistakes", List: problemList(err)}
}
