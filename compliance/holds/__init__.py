"""Legal holds: orders to keep what would otherwise be erased or purged. The holds themselves are `audit.holds`."""
