package client

import (
	"context"

	"srr/internal/api"
)

// WhatIf asks what would happen. Nothing does.
func (c *Client) WhatIf(ctx context.Context, q api.WhatIfQuery) (api.WhatIf, error) {
	return post[api.WhatIf](ctx, c, "what-if", q)
}

// Survives asks what each single failure would do.
func (c *Client) Survives(ctx context.Context) (api.Survives, error) {
	return get[api.Survives](ctx, c, "survives", nil)
}
