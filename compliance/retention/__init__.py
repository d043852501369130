"""How long each kind of record stays, and letting go of what is older. The kinds are `core.privacy.lifetimes()`."""
