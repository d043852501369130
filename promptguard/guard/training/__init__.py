"""Training and evaluation of the guard's model: offline, seeded, never imported by the running product."""
