"""The doors: signing in, the organization's settings, the directory."""
