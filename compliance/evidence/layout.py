"""How the paper looks: sizes, colours, tables, and how values are written."""

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, LongTable, Paragraph, TableStyle

INK, FAINT, LINE = colors.HexColor("#1f2937"), colors.HexColor("#6b7280"), colors.HexColor("#d1d5db")
WHITE = colors.white
SHADE, ACCENT = colors.HexColor("#f3f4f6"), colors.HexColor("#4338ca")
STATUS = {
    "pass": colors.HexColor("#15803d"),
    "fail": colors.HexColor("#b91c1c"),
    "unknown": colors.HexColor("#b45309"),
}
MARGIN = 18 * mm
PADDING = 6  # of a frame of the page
WIDTH = A4[0] - 2 * MARGIN - 2 * PADDING
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=9, leading=12.5, textColor=INK)
CELL = ParagraphStyle("cell", parent=BODY, fontSize=7.8, leading=10, splitLongWords=1)
HEAD = ParagraphStyle("head", parent=CELL, fontName="Helvetica-Bold", textColor=FAINT)
TITLE = ParagraphStyle("title", parent=BODY, fontName="Helvetica-Bold", fontSize=24, leading=30)
SECTION = ParagraphStyle(
    "section", parent=BODY, fontName="Helvetica-Bold", fontSize=14, leading=18, spaceBefore=14, spaceAfter=6,
)  # fmt: skip
GROUP = ParagraphStyle(
    "group", parent=BODY, fontName="Helvetica-Bold", fontSize=10, spaceBefore=8, spaceAfter=3
)
NOTE = ParagraphStyle("note", parent=BODY, textColor=FAINT, spaceAfter=5)
CODE = ParagraphStyle("code", parent=CELL, fontName="Courier", fontSize=7, leading=9)
BIG = ParagraphStyle("big", parent=BODY, fontName="Helvetica-Bold", fontSize=20, leading=24, alignment=1)
TILE = ParagraphStyle("tile", parent=BODY, alignment=1, textColor=FAINT)
NOTHING = "-"


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def table(head: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float]) -> Flowable:
    if not rows:
        return Paragraph("None.", NOTE)
    titles = [[Paragraph(markup(title), HEAD) for title in head]] if any(head) else []
    cells = [
        [Paragraph(cell if isinstance(cell, Markup) else markup(cell), CELL) for cell in row] for row in rows
    ]
    grid = LongTable([*titles, *cells], colWidths=[WIDTH * share for share in shares], repeatRows=len(titles))
    style: list[Any] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    if titles:
        style.append(("BACKGROUND", (0, 0), (-1, 0), SHADE))
    grid.setStyle(TableStyle(style))
    return grid


def code(text: str) -> Flowable:
    return Paragraph(markup(text).replace("\n", "<br/>"), CODE)


def markup(value: Any) -> str:
    """As markup; what the built-in fonts cannot show becomes a question mark."""
    return escape(str(value).encode("cp1252", "replace").decode("cp1252"))


def shown(found: Any) -> str:
    if isinstance(found, bool):
        return yes(found)
    if isinstance(found, list):
        return ", ".join(map(str, found)) or "none"
    return "not set" if found is None else str(found)


def yes(holds: bool) -> str:
    return "yes" if holds else "no"


def days(count: int | None) -> str:
    return "without end" if count is None else f"{count} days"


def day(text: str | None) -> str:
    return text[:10] if text else NOTHING


def moment(text: str | None) -> str:
    return f"{text[:10]} {text[11:16]} UTC" if text else NOTHING
