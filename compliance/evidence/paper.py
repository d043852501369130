"""The package on paper: what an auditor reads first. The JSON is what counts; its SHA-256 is on every page."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from compliance.evidence.layout import (
    ACCENT,
    BIG,
    FAINT,
    MARGIN,
    NOTE,
    SECTION,
    SHADE,
    STATUS,
    TILE,
    TITLE,
    WHITE,
    WIDTH,
    code,
    day,
    markup,
    moment,
    table,
)
from compliance.evidence.sections import SECTIONS
from compliance.evidence.services import Package

ROOM_FOR_A_START = 45 * mm
HOW_TO_CHECK = (
    "Every fact was read from the running installation when this was made. The same facts as JSON come from"
    " GET /dashboard/compliance/evidence; manage.py compliance_report --verify checks their signature, and the audit"
    " bundle (POST /dashboard/audit/export) lets anybody verify the chain itself, offline."
)


def printed(package: Package) -> bytes:
    """The PDF of a package."""
    target = io.BytesIO()
    name = package.document["organization"]["name"]
    paper = SimpleDocTemplate(
        target, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=20 * mm, bottomMargin=20 * mm,
        title=f"Compliance evidence: {name}", author="PromptGuard", lang="en",
    )  # fmt: skip

    def frame(canvas: Any, page: Any) -> None:
        _frame(canvas, page, name, package.sha256)

    paper.build(list(_story(package)), onFirstPage=frame, onLaterPages=frame)
    return target.getvalue()


def _frame(canvas: Any, page: Any, name: str, digest: str) -> None:
    canvas.saveState()
    canvas.setFillColor(ACCENT)
    canvas.rect(0, A4[1] - 6 * mm, A4[0], 6 * mm, stroke=0, fill=1)
    canvas.setFillColor(FAINT)
    canvas.setFont("Helvetica", 7)
    canvas.drawString(MARGIN, 11 * mm, f"{name[:60]}  |  document sha256 {digest}")
    canvas.drawRightString(A4[0] - MARGIN, 11 * mm, f"page {page.page}")
    canvas.restoreState()


def _story(package: Package) -> Iterable[Flowable]:
    document = package.document
    yield from _cover(package)
    for title, section in SECTIONS:
        yield CondPageBreak(ROOM_FOR_A_START)
        yield Paragraph(title, SECTION)
        yield from section(document)
    yield PageBreak()
    yield Paragraph("Signature", SECTION)
    yield Paragraph("A signed note over the SHA-256 of the JSON document (Ed25519).", NOTE)
    yield code(package.signature or "unsigned: the process that made this has no signing key")


def _cover(package: Package) -> Iterable[Flowable]:
    document = package.document
    organization, period = document["organization"], document["period"]
    yield Paragraph("Compliance evidence", TITLE)
    yield Paragraph(f"{markup(organization['name'])} ({markup(organization['slug'])})", SECTION)
    yield table(
        ("", ""),
        [
            ("Period", f"{day(period['since'])} to {day(period['until'])}"),
            ("Generated", moment(document["generated_at"])),
            ("Compliance mode", document["configuration"]["compliance_mode"]),
            ("Signed", "yes, see the last page" if package.signature else "no"),
            ("SHA-256 of the document", package.sha256),
        ],
        (0.28, 0.72),
    )
    yield Spacer(1, 6 * mm)
    yield _tiles([check["status"] for check in document["posture"]])
    yield Paragraph(HOW_TO_CHECK, NOTE)


def _tiles(statuses: Sequence[str]) -> Flowable:
    cells = [
        [
            Paragraph(f'<font color="{STATUS[name].hexval()}">{statuses.count(name)}</font>', BIG)
            for name in STATUS
        ],
        [Paragraph(f"checks {word}", TILE) for word in ("pass", "fail", "unknown")],
    ]
    tiles = Table(cells, colWidths=[WIDTH / 3] * 3)
    tiles.setStyle(
        TableStyle([("BACKGROUND", (0, 0), (-1, -1), SHADE), ("INNERGRID", (0, 0), (-1, -1), 3, WHITE)])
    )
    return tiles
