package client

import (
	"context"

	"srr/internal/api"
)

// NewLogin asks for a token.
func (c *Client) NewLogin(ctx context.Context, r api.LoginRequest) (api.LoginToken, error) {
	return post[api.LoginToken](ctx, c, "logins", r)
}

// Logins asks for the tokens that wait and the sessions.
func (c *Client) Logins(ctx context.Context) ([]api.Login, error) {
	return get[[]api.Login](ctx, c, "logins", nil)
}

// EndLogins ends all of a user.
func (c *Client) EndLogins(ctx context.Context, r api.LoginEnd) (api.Reply, error) {
	return post[api.Reply](ctx, c, "end-logins", r)
}
