"""The one way in which a start fails: a sentence that a person can act on."""


class CannotStart(Exception):
    """`str(error)` is one line: what is wrong, and what to do."""
