# fmt: off
"""What must occur in a text before a recogniser can match: asked for all recognisers in one pass.

A gate is a part of its pattern that an automaton of few states can look for: an unlabelled number in full, else the
label, the context or the shape's most telling piece. Every text that a pattern matches, its gate matches as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from promptguard.guard.engine.detectors.pii.recognizers import LABEL_START, RECOGNIZERS, Recognizer

# Digits and separators in fixed numbers make few states; long runs of letters and digits would make millions.
_RIGID = re.compile(r"(?:\\[bd]|\{\d+(?:,\d+)?\}|\[[ .()+*/\dA-Z-]*\]|[ ()?:|.\\/+-]|\d|[A-Z])*")
_WIDE_REPETITION = re.compile(r"\{[2-9]\d")
# (entity, number among the entity's patterns without label, context or rigid shape) and what is asked instead.
_PIECES: Mapping[str, Sequence[str]] = {
    "email": (r"@", r"(?i)[\[({]\s?at\s?[\])}]", r"(?i) dot (?:com|org|net|edu|gov|io|de|fr|co)\b"),
    "phone": (
        r"(?i)(?:phone|tel|mobile|fax|cell|desk|office)\s{0,2}:\s{1,3}\(?\d",
        r"(?i)\b(?:answering|messages?|registered|reach(?:able|ed)?|dial|text|sms|number)\s(?:me\s|us\s)?(?:at|to|on|is|under)?\s?\(?\d",
        r"(?i)\d[ -](?:office|fax|mobile|home|cell)\b",
    ),
    "phone_us": (r"[2-9]\d{2}[ .-]\d{4}", r"\([2-9]\d{2}\)\s?[2-9]\d{2}"),
    "iban": (r"(?i)\b[A-Z]{2}\d{2}[ -]?[A-Z\d]{4}",),
    "address": (
        r"\s(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Parkway|Pkwy|Circle|Highway|Hwy|Close|Crescent|Way)\b",
        r"(?i)\sBox\s\d",
        r"(?:str(?:a(?:ss|ß)e|\.)|weg|platz|allee|gasse)\s\d",
        r"\s(?:rue|avenue|boulevard|place|chemin|impasse|all[ée]e|quai)\s",
        r"(?:0AA|\d[ABD-HJLNP-UW-Z]{2})\b",
    ),
    "name": (
        r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau|Mme|Mlle|Sr|Sra|Don)\.?\s[A-Z]",
        r"(?:name\sis|called|Name\sist|hei(?:ss|ß)e|appelle|llamo|nombre\ses|ame:|atient:|ustomer:|lient:|ear|igned,|egards,)\s{1,2}[A-Z]",
    ),
    "ipv6_address": (r"(?i)[0-9a-f]:[0-9a-f]{1,4}:",),
    "mac_address": (r"(?i)[0-9a-f]{2}[:-][0-9a-f]{2}[:-][0-9a-f]{2}[:-]",),
    "geo_coordinates": (r"\d\.\d{4,8}\s?,",),
    "medical_record": (r"\b(?:MRN|PID)[-_:# ]{1,2}\d",),
    "us_mbi": (r"[AC-HJKMNP-RT-Y]{2}\d{2}\b",),
    "uk_nino": (r"(?i)\d{2} ?\d{2} ?[A-D]\b",),
    "fi_hetu": (r"\d{6}[-+A]\d{3}",),
    "in_gstin": (r"\d{2}[A-Z]{5}\d{4}[A-Z]",),
    "es_nif": (r"(?i)\d{7}-?[A-HJ-NP-TV-Z]\b",),
    "it_codice_fiscale": (r"(?i)[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}",),
    "mx_curp": (r"[A-Z]{4}\d{6}[HM]",),
    "cn_resident_id": (r"\b[1-9]\d{5}(?:19|20)\d{9}",),
    "crypto_wallet": (r"\b(?:bc1[02-9ac-hj-np-z]{8}|0x[0-9a-fA-F]{8})", r"\b[13][1-9A-HJ-NP-Za-km-z]{8}"),
    "age": (r"(?i)\d[ -]years?[ -]old|aged?\s\d",),
}


def gates() -> list[str]:
    """One RE2 pattern for each recogniser, in the recognisers' order.

    Raises:
        LookupError: a recogniser has neither label, context nor rigid shape, and no piece is named for it.
    """
    pieces = {entity: iter(patterns) for entity, patterns in _PIECES.items()}
    found = []
    for recognizer in RECOGNIZERS:
        gate = _own_gate(recognizer) or next(pieces.get(recognizer.entity, iter(())), None)
        if gate is None:
            raise LookupError(f"no gate for a recogniser of {recognizer.entity}")
        found.append(gate)
    return found


def _own_gate(recognizer: Recognizer) -> str | None:
    if recognizer.needs_context:
        return "(?i)" + "|".join(map(re.escape, recognizer.context))
    if recognizer.pattern.startswith(LABEL_START):
        return r"(?i)(?:^|[^A-Za-z\d])" + _first_group(recognizer.pattern[len(LABEL_START) :])
    if _RIGID.fullmatch(recognizer.pattern) and not _WIDE_REPETITION.search(recognizer.pattern):
        return recognizer.pattern
    return None


def _first_group(pattern: str) -> str:
    depth = 0
    for position, char in enumerate(pattern):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return pattern[: position + 1]
    raise LookupError("a label without an end")
