"""How much a tenant may use, and how long it keeps things: rate limits, retention, the life of API keys."""
