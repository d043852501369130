"""`make run`: everything PromptGuard needs, started here and stopped together.

It works before settings can load, so nothing here imports Django: `environment` makes the secrets that
settings need, `database` the server they point to; only the children that `processes` starts are Django's.
"""
