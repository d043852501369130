"""Cells that no spreadsheet executes."""

# What a spreadsheet would run as a formula (OWASP, CSV Injection); full-width forms are normalised by some.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def defused(text: str) -> str:
    """`text` in a form that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text
