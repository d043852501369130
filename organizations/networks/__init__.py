"""From where a tenant may be reached: the IP allow-list of its dashboard and its API keys."""
