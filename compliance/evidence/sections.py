"""The paper's sections, one function each, in the order they are printed."""

from collections.abc import Callable, Iterable
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, Paragraph, Spacer

from compliance.evidence.layout import (
    BODY,
    GROUP,
    NOTE,
    NOTHING,
    STATUS,
    Markup,
    code,
    day,
    days,
    markup,
    moment,
    shown,
    table,
    yes,
)

ROOM_FOR_A_TABLE = 30 * mm


def _controls(document: dict[str, Any]) -> Iterable[Flowable]:
    controls = document["controls"]
    for framework in dict.fromkeys(each["framework"] for each in controls):
        yield CondPageBreak(ROOM_FOR_A_TABLE)
        yield Paragraph(markup(framework), GROUP)
        rows = [
            (each["reference"], f"{each['asks']}. {each['answer']}", _marks(each["checks"]))
            for each in controls
            if each["framework"] == framework
        ]
        yield table(("Control", "What it asks, and the answer", "Checks"), rows, (0.13, 0.57, 0.3))


def _marks(checks: dict[str, str]) -> "Markup":
    parts = (
        f'<font color="{STATUS[status].hexval()}">{status}</font> {markup(check)}'
        for check, status in checks.items()
    )
    return Markup("<br/>".join(parts) or NOTHING)


def _posture(document: dict[str, Any]) -> Iterable[Flowable]:
    rows = [
        (
            _marks({"": each["status"]}),
            each["severity"],
            f"{each['title']}. {each['meaning']}",
            each["detail"],
            NOTHING if each["status"] == "pass" else each["fix"],
        )
        for each in document["posture"]
    ]
    yield table(
        ("Status", "Severity", "Check", "Found", "How to mend it"), rows, (0.09, 0.09, 0.34, 0.2, 0.28)
    )


def _access(document: dict[str, Any]) -> Iterable[Flowable]:
    members = document["access"]["members"]
    without = sum(not each["second_factor"] for each in members)
    yield Paragraph(f"{len(members)} members, {without} of them without a second factor.", NOTE)
    rows = [
        (
            each["email"],
            each["role"],
            yes(each["second_factor"]),
            day(each["member_since"]),
            day(each["last_sign_in"]),
        )
        for each in members
    ]
    yield table(
        ("Member", "Role", "Second factor", "Since", "Last sign-in"), rows, (0.4, 0.16, 0.14, 0.15, 0.15)
    )
    roles = [(role, ", ".join(allowed)) for role, allowed in document["access"]["roles"].items()]
    yield Paragraph("Roles", GROUP)
    yield table(("Role", "Permissions"), roles, (0.12, 0.88))


def _keys(document: dict[str, Any]) -> Iterable[Flowable]:
    yield Paragraph("Secrets are kept as hashes only; a key is named by its public prefix.", NOTE)
    rows = [
        (each["prefix"], each["name"], each["project"] or "every project", ", ".join(each["scopes"]),
         day(each["expires_at"]) if each["expires_at"] else "never", day(each["last_used_at"]))
        for each in document["keys"]
    ]  # fmt: skip
    yield table(
        ("Prefix", "Name", "Project", "Scopes", "Expires", "Last used"),
        rows,
        (0.22, 0.2, 0.17, 0.15, 0.13, 0.13),
    )


def _audit(document: dict[str, Any]) -> Iterable[Flowable]:
    found = document["audit"]
    yield Paragraph(_verdict(found["verification"], found["last_full_verification"]), BODY)
    yield Spacer(1, 2 * mm)
    rows = [(f"epoch {each['epoch']}", str(each["seq"]), each["hash"]) for each in found["heads"]]
    yield table(("Chain", "Events", "Head"), rows, (0.12, 0.12, 0.76))
    if found["prunes"]:
        yield Paragraph("Removed by retention, each range named by a sealed event", GROUP)
        pruned = [(f"{each['from']} to {each['to']}", each["class"]) for each in found["prunes"]]
        yield table(("Events", "Class"), pruned, (0.6, 0.4))
    yield Paragraph("Population of events in the period", GROUP)
    population = [(each["type"], str(each["count"]), moment(each["last"])) for each in found["population"]]
    yield table(("Event", "Count", "Last"), population, (0.5, 0.15, 0.35))
    yield Paragraph("Newest checkpoint", GROUP)
    yield code(found["checkpoint"] or "none yet")
    yield Paragraph("Public keys", GROUP)
    yield code("\n".join(found["public_keys"]) or "none yet")


def _verdict(own: dict[str, Any] | None, nightly: dict[str, Any] | None) -> str:
    told = "The chain is too long to verify within a request; the nightly run covers it."
    if own is not None:
        counts = own["counts"]
        verdict = (
            "without a finding"
            if own["exit"] == 0
            else f"with {len(own['findings'])} findings (exit {own['exit']})"
        )
        told = f"Verified for this report {verdict}: {counts['events']} events, {counts['checkpoints']} checkpoints, "
        told += f"{counts['pruned']} removed lawfully."
    if nightly is not None:
        told += f" All chains were last verified at {moment(nightly['at'])}, exit code {nightly['exit']}."
    return told


def _changes(document: dict[str, Any]) -> Iterable[Flowable]:
    rows = [(each["type"], str(each["count"]), moment(each["last"])) for each in document["changes"]]
    yield table(("Change", "Count", "Last"), rows, (0.5, 0.15, 0.35))


def _guard(document: dict[str, Any]) -> Iterable[Flowable]:
    for name, counts in document["guard"].items():
        rows = [(kind, str(count)) for kind, count in sorted(counts.items())]
        yield table((name.title(), "Count"), rows, (0.7, 0.3))
        yield Spacer(1, 2 * mm)


def _retention(document: dict[str, Any]) -> Iterable[Flowable]:
    due = {each["kind"]: each for each in document["retention"]["due_now"]}
    rows = [
        (each["kind"], each["meaning"], days(each["effective_days"]), str(due[each["kind"]]["rows"]),
         str(due[each["kind"]]["held"]))
        for each in document["retention"]["kinds"]
    ]  # fmt: skip
    yield table(("Kind", "What it is", "Kept", "Due now", "Held"), rows, (0.2, 0.46, 0.14, 0.1, 0.1))
    kept = document["retention"]["audit_events"]
    yield Paragraph(f"Audit events recorded now are kept in class {markup(kept['retention_class'])}.", NOTE)


def _holds(document: dict[str, Any]) -> Iterable[Flowable]:
    rows = [
        (
            each["reason"],
            each["about"],
            day(each["placed_at"]),
            day(each["ends_at"]),
            day(each["released_at"]),
        )
        for each in document["holds"]
    ]
    yield table(
        ("Reason", "About", "Placed", "Meant to end", "Released"), rows, (0.4, 0.15, 0.15, 0.15, 0.15)
    )


def _privacy(document: dict[str, Any]) -> Iterable[Flowable]:
    found = document["privacy"]
    yield Paragraph(f"{found['erasures_announced']} erasures announced in this organization's chain.", NOTE)
    for each in found["certificates"]:
        yield Paragraph(f"Erasure finished {moment(each['finished_at'])}", GROUP)
        yield code(each["certificate"])


def _processing(document: dict[str, Any]) -> Iterable[Flowable]:
    rows = [
        (each["data"], each["purpose"], ", ".join(each["personal"]) or NOTHING, each["on_erasure"])
        for each in document["processing"]
    ]
    yield table(("Data", "Purpose", "About people", "On erasure"), rows, (0.25, 0.38, 0.23, 0.14))


def _configuration(document: dict[str, Any]) -> Iterable[Flowable]:
    found = document["configuration"]
    rows = [(name.replace("_", " "), shown(value)) for name, value in found.items() if name != "projects"]
    yield table(("Setting", "Value"), rows, (0.4, 0.6))
    yield Paragraph("Projects", GROUP)
    projects = [
        (
            each["name"],
            each["use_case"],
            each["strictness_level"],
            each["content_kept"],
            yes(each["fails_closed"]),
        )
        for each in found["projects"]
    ]
    yield table(
        ("Project", "Use case", "Strictness", "Content kept", "Fails closed"),
        projects,
        (0.32, 0.2, 0.16, 0.16, 0.16),
    )


Section = Callable[[dict[str, Any]], Iterable[Flowable]]
SECTIONS: tuple[tuple[str, Section], ...] = (
    ("Posture", _posture),
    ("Controls", _controls),
    ("Members and second factors", _access),
    ("API keys", _keys),
    ("Audit log", _audit),
    ("Changes (SOC 2 CC8.1)", _changes),
    ("Decisions of the guard", _guard),
    ("Retention (GDPR Art. 5(1)(e))", _retention),
    ("Legal holds (GDPR Art. 17(3)(e))", _holds),
    ("Erasures (GDPR Art. 17)", _privacy),
    ("Record of processing (GDPR Art. 30)", _processing),
    ("Configuration", _configuration),
)
