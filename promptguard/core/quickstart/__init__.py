"""`make run`: everything PromptGuard needs, started here and stopped together.

It works before settings can load, so nothing in it imports Django: `environment` makes the secrets that settings
need, `database` the server they point to, and only the children that `processes` starts are Django's.
"""
