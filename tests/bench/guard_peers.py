"""Runs in the peers' environment: the guard, Presidio's pattern recognisers and detect-secrets over the same texts.

Prints one JSON object. `python tests/bench/guard_peers.py DATA_FOLDER`
"""
# mypy: ignore-errors

import gzip
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings
from presidio_analyzer import predefined_recognizers

from promptguard.guard.engine import redact_text
from promptguard.guard.engine.detectors.secrets import scan_secrets
from promptguard.guard.engine.views import read

Span = tuple[int, int]
# Values with a form of their own: what patterns can find. Names, places and dates need a language model.
STRUCTURED = frozenset(
    "AADHAR ACCOUNT ACCOUNT_NUMBER BANK_ACCOUNT BANK_ACCOUNT_NUM CREDIT_CARD DRIVER_LICENSE DRIVER_LICENSE_NUM EMAIL "
    "EMAIL_ADDRESS IBAN IBAN_CODE IP_ADDRESS PAN PASSPORT PASSPORT_NUM PHONE PHONE_NUMBER ROUTING_NUMBER SSN TAXID "
    "TAX_ID US_DRIVER_LICENSE US_SSN VOTER_ID".split()
)
RECOGNISERS = (
    "CreditCard Crypto Email Iban Ip Phone MedicalLicense UsSsn UsBank UsLicense UsPassport UsItin AbaRouting UkNino Nhs "
    "InAadhaar InPan InPassport InVoter EsNif ItFiscalCode PlPesel SgFin AuTfn AuMedicare"
).split()
# Presidio's weak patterns count on context words, which it finds through a language model: below this they are noise.
LEAST_SCORE = 0.4
# Rows that name a place or a person and hold nothing to sign in with.
NO_CREDENTIAL = ("np.arn", "np.gcs", "np.linkedin", "np.reactapp.1", "np.s3", "np.shopify", "np.aws.3")
COVERED = 0.9


def rows(path: Path) -> Iterator[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def presidio() -> Callable[[str], list[Span]]:
    found = [getattr(predefined_recognizers, f"{name}Recognizer", None) for name in RECOGNISERS]
    recognisers = [recogniser() for recogniser in found if recogniser]

    def scan(text: str) -> list[Span]:
        results = [each for r in recognisers for each in r.analyze(text, r.supported_entities, None) or ()]
        return [(each.start, each.end) for each in results if each.score >= LEAST_SCORE]

    return scan


def ours(text: str) -> list[Span]:
    return [(span.start, span.end) for span in redact_text(text).spans]


def timed(scan: Callable[[str], object], texts: list[str]) -> dict:
    costs = []
    for text in texts:
        started = time.thread_time()
        scan(text)
        costs.append((time.thread_time() - started) * 1e6 / max(len(text) / 1024, 0.1))
    costs.sort()
    return {"p50": round(costs[len(costs) // 2]), "p99": round(costs[int(len(costs) * 0.99)])}


def personal(scan: Callable[[str], list[Span]], path: Path) -> dict:
    hit = wanted = true = reported = 0
    texts = []
    for row in rows(path):
        texts.append(row["text"])
        found = scan(row["text"])
        marked = [False] * (len(row["text"]) + 1)
        for start, end in found:
            marked[start:end] = [True] * (end - start)
        labelled = [(span["start"], span["end"], span["type"]) for span in row["spans"]]
        for start, end, kind in labelled:
            if kind in STRUCTURED:
                wanted += 1
                hit += sum(marked[start:end]) >= COVERED * (end - start)
        reported += len(found)
        true += sum(any(s < end and start < e for s, e, _ in labelled) for start, end in found)
    recall, precision = hit / wanted, true / max(reported, 1)
    f1 = 2 * recall * precision / max(recall + precision, 1e-9)
    quality = {"values": wanted, "recall": recall, "precision": precision, "f1": f1}
    return {name: round(value, 3) for name, value in quality.items()} | {"us_per_kb": timed(scan, texts)}


def credentials(scan: Callable[[str], object], folder: Path) -> dict:
    result: dict = {}
    texts = []
    for name in ("secrets_gitleaks", "secrets_noseyparker"):
        positive = [row for row in rows(folder / f"{name}.jsonl.gz") if row["label"]]
        texts += [row["text"] for row in positive]
        caught = [bool(scan(row["text"])) for row in positive]
        real = [not row["kind"].startswith(NO_CREDENTIAL) for row in positive]
        result[name] = f"{sum(caught)} of {len(caught)}"
        if not all(real):
            kept = [hit for hit, is_real in zip(caught, real, strict=True) if is_real]
            result[f"{name}, credentials only"] = f"{sum(kept)} of {len(kept)}"
    benign = [row["text"] for row in rows(folder / "injection.jsonl.gz") if not row["label"]][::12]
    flagged = sum(bool(scan(text)) for text in benign)
    return result | {
        "benign_flagged": f"{flagged} of {len(benign)}",
        "us_per_kb": timed(scan, benign[:600] + texts),
    }


def main(folder: Path) -> dict:
    with default_settings(), NamedTemporaryFile("w+", suffix=".txt", encoding="utf-8") as file:

        def detect_secrets(text: str) -> list:
            # It reads files; its search in a bare line has no filters and flags most prose.
            file.seek(0)
            file.truncate()
            file.write(text.encode("utf-8", "replace").decode())
            file.flush()
            return list(scan_file(file.name))

        return {
            "personal data": {
                path.name.split(".")[0]: {
                    "guard": personal(ours, path),
                    "presidio": personal(presidio(), path),
                }
                for path in sorted(folder.glob("pii_*.jsonl.gz"))
            },
            "credentials": {
                "guard": credentials(lambda text: scan_secrets(read(text)), folder),
                "detect-secrets": credentials(detect_secrets, folder),
            },
        }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1])), indent=2))
