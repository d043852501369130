"""Verdicts for people, for build servers, and in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID
from xml.etree.ElementTree import Element, SubElement, tostring

from audit.promptguard_verify import CLEAN, DECLARED, TAMPERED, UNCHECKED, Report

# Integrity is not completeness: that nothing was altered, and that nothing is missing, are two verdicts.
AREAS = {
    "INTEGRITY": ("bundle-", "content", "link", "order", "dup", "head", "checkpoint-", "foreign-org", "interaction-", "key-missing"),
    "COMPLETENESS": ("gap", "prune-", "epoch-", "declared-loss"),
    "ANCHORS": ("anchor-",),
    "PRIVACY": ("private-",),
    "PROJECTIONS": ("projection",),
    "CLOCK": ("clock-back", "skew", "late"),
    "BACKLOG": ("backlog",),
}
EXPLANATIONS = {
    "anchor-ahead": "Somebody outside has seen events that are gone. If a backup was restored, run restore_audit; else they were deleted.",
    "anchor-missing": "The anchors asked for cannot be read: without them nobody vouches for the end of the log.",
    "anchor-origin": "An anchor is about another log: the file was mixed up, or AUDIT_ORIGIN changed.",
    "anchor-overdue": "Nobody outside has seen the newest events for too long. Does the sequencer run, do the sinks answer?",
    "anchor-root": "The log is not the one that was anchored: it was rewritten, whoever signed it since.",
    "anchor-signature": "An anchor is not signed by a trusted key: the file of anchors was altered.",
    "anchor-timestamp": "What lies beside an anchor is not a trusted authority's time stamp of it: one of the two was altered.",
    "anchor-unchecked": "There are time stamps, and no certificates to check them with: set AUDIT_TSA_ROOTS.",
    "backlog": "Events wait to be sealed for too long. Does the sequencer run?",
    "checkpoint-ahead": "A checkpoint was signed over more events than there are: the end of the log was cut off.",
    "checkpoint-origin": "A checkpoint of another log or epoch lies among these.",
    "checkpoint-root": "The log is not the one that was signed: it was rewritten and hashed anew.",
    "checkpoint-signature": "A checkpoint is not signed by a trusted key: it was altered or forged.",
    "checkpoint-unproven": "A revoked key signed this and nobody outside had seen it before.",
    "clock-back": "Sealed before its predecessor, which the sequencer never does: the time of a row was altered.",
    "content": "The bytes are not those whose hash was sealed: the row was edited.",
    "declared-loss": "A backup was restored, and these events were declared lost.",
    "dup": "Two events have one number: a row was inserted.",
    "dup-id": "An event was recorded a second time.",
    "epoch-unexplained": "The chain starts anew and no restore explains it.",
    "foreign-org": "The event speaks of another organization: it was transplanted.",
    "gap": "Events are missing and no retention explains it: they were deleted.",
    "head": "The sequencer's own note of where the chain ends differs from the chain: rows or the note were altered.",
    "interaction-altered": "A request's record is not the one that was sealed: the row was edited.",
    "interaction-emptied": "What was said in a request is gone, and no purge or erasure says why.",
    "interaction-inserted": "A request is on record that the chain has never heard of.",
    "interaction-missing": "Requests are gone from the records, and no purge or erasure says why.",
    "interaction-private": "What a request keeps is not what it committed to.",
    "interaction-projection": "A column of a request differs from its sealed record: it was edited to hide or to misrepresent it.",
    "interaction-root": "Interactions are not those that were sealed as a batch.",
    "key-missing": "There is no public key to check signatures with; give one with --key.",
    "late": "Sealed long after it happened: after an outage of the sequencer, or the time it states is untrue.",
    "link": "The event does not follow from its predecessor: a row before it was altered, or it was inserted.",
    "order": "Events changed places.",
    "private-altered": "Somebody's personal values are not those that were recorded.",
    "private-missing-unexplained": "Somebody's personal values are gone without an erasure.",
    "private-unreadable": "Personal values cannot be opened with the keys at hand.",
    "projection": "A column for searching differs from the event: it was edited to hide or to misrepresent it.",
    "prune-not-due": "Events were removed before their retention was over.",
    "prune-unproven": "Events were removed as if by retention, but no chained event says so.",
    "skew": "It claims to have happened after it was sealed.",
}


def text(report: Report, name: str, *, explain: bool = False) -> Iterator[str]:
    """The report as lines, under the organization's name; with `explain`, what each finding means."""
    first, *rest = report.lines()
    yield first.replace(f"org={report.organization}", f"org={name}")
    yield "  " + "  ".join(f"{area} {verdict}" for area, verdict in verdicts(report).items())
    yield from rest
    if explain:
        yield from (f"    {code}: {EXPLANATIONS[code]}" for code in sorted(report.codes()) if code in EXPLANATIONS)


def verdicts(report: Report) -> dict[str, str]:
    """Area → `OK`, or the codes found."""
    return {
        area: ", ".join(sorted(code for code in report.codes() if code.startswith(starts))) or "OK"
        for area, starts in AREAS.items()
    }


def document(reports: Sequence[Report], names: Mapping[UUID, str]) -> dict[str, Any]:
    shown = [report.as_dict() | {"name": names[report.organization], "verdicts": verdicts(report)} for report in reports]
    return {"exit": combined_exit_code(reports), "organizations": shown}


def junit(reports: Sequence[Report], names: Mapping[UUID, str]) -> str:
    """One test case for each organization and area, as build servers show them."""
    suite = Element("testsuite", name="verify_audit_chain")
    failures = 0
    for report in reports:
        for area, found in verdicts(report).items():
            case = SubElement(suite, "testcase", classname=names[report.organization], name=area)
            for finding in report.findings if found != "OK" else ():
                if finding["code"] in found.split(", "):
                    failures += 1
                    place = f"epoch {finding['epoch']} #{finding['from']}-{finding['to']}"
                    SubElement(case, "failure", type=finding["code"], message=f"{place} {finding['message']}")
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    return tostring(suite, encoding="unicode", xml_declaration=True)


def combined_exit_code(reports: Iterable[Report]) -> int:
    codes = {report.exit_code() for report in reports}
    return next((code for code in (TAMPERED, UNCHECKED, DECLARED) if code in codes), CLEAN)
