"""The snippets that customers copy: run as they are, against a real delivery and against what an attacker sends."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from promptguard.core.tenancy import organization_scope
from promptguard.webhooks.dispatch import deliver_due
from promptguard.webhooks.services import rotate_secret
from promptguard.webhooks.signing import signature_headers
from tests.people import Tenant
from tests.webhooks.receivers import Receiver, an_endpoint, an_event

SNIPPETS = Path(__file__).resolve().parents[2] / "promptguard" / "webhooks" / "snippets"
# (secret, headers, body, file of ids seen) → what it said; raises AssertionError when it rejects.
Verifier = Callable[[str, dict[str, str], bytes, Path], None]

PYTHON = """
import json, sys
sys.path.insert(0, sys.argv[1])
from verify import verify, verify_documented_header
given = json.load(sys.stdin)
body = bytes.fromhex(given["body"])
seen = set(given["seen"])
verify(given["secret"], given["headers"], body, seen)
verify_documented_header(given["secret"], given["headers"], body)
print(json.dumps(sorted(seen)))
"""
NODE = """
import { readFileSync } from "node:fs";
const { verify, verifyDocumentedHeader } = await import(process.argv[1] + "/verify.mjs");
const given = JSON.parse(readFileSync(0, "utf8"));
const body = Buffer.from(given.body, "hex"), seen = new Set(given.seen);
verify(given.secret, given.headers, body, seen);
verifyDocumentedHeader(given.secret, given.headers, body);
console.log(JSON.stringify([...seen]));
"""


def interpreted(*command: str) -> Verifier:
    def run(secret: str, headers: dict[str, str], body: bytes, seen: Path) -> None:
        ids = seen.read_text().split() if seen.exists() else []
        given = {"secret": secret, "headers": headers, "body": body.hex(), "seen": ids}
        done = subprocess.run(
            [*command, str(SNIPPETS)], input=json.dumps(given), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        seen.write_text("\n".join(json.loads(done.stdout)))

    return run


def shell(secret: str, headers: dict[str, str], body: bytes, seen: Path) -> None:
    lower = {name.lower(): value for name, value in headers.items()}
    file = seen.with_suffix(".body")
    file.write_bytes(body)
    names = ("webhook-id", "webhook-timestamp", "webhook-signature", "x-promptguard-signature")
    arguments = [lower.get(name, "") for name in names]
    done = subprocess.run(
        ["sh", str(SNIPPETS / "verify.sh"), *arguments, str(file), str(seen)],
        env={**os.environ, "WEBHOOK_SECRET": secret},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


VERIFIERS: dict[str, Verifier] = {
    "python": interpreted("python3", "-c", PYTHON),
    "node": interpreted("node", "--input-type=module", "-e", NODE),
    "shell": shell,
}
each_language = pytest.mark.parametrize("language", VERIFIERS)


@pytest.fixture
def delivered(acme: Tenant, receiver: Receiver) -> tuple[str, dict[str, Any]]:
    """A secret and a real request under it, during a rotation."""
    endpoint, _ = an_endpoint(acme, receiver.url(), event_types=["audit.queried"])
    with organization_scope(acme.organization.id):
        _, secret = rotate_secret(caller=acme.owner.caller, endpoint=endpoint)
    an_event(acme)
    deliver_due()
    return secret, receiver.requests()[0]


@each_language
def test_a_real_delivery_passes_once(language: str, delivered: Any, tmp_path: Path) -> None:
    verify, (secret, got), seen = VERIFIERS[language], delivered, tmp_path / "seen"
    verify(secret, got["headers"], got["body"], seen)
    with pytest.raises(AssertionError, match="acted on already"):
        verify(secret, got["headers"], got["body"], seen)


@each_language
def test_a_changed_body_a_wrong_secret_and_an_old_timestamp_are_rejected(
    language: str, tmp_path: Path
) -> None:
    verify, seen = VERIFIERS[language], tmp_path / "seen"
    secret, other = "whsec_" + "QUJD" * 11, "whsec_" + "WFla" * 11
    body, now = b'{"event": "threat.blocked"}', int(time.time())
    good = signature_headers([secret], "msg_1", now, body)
    verify(secret, good, body, tmp_path / "another")
    for key, headers, content, words in (
        (secret, good, body + b" ", "does not match"),
        (other, good, body, "does not match"),
        (secret, {**good, "webhook-id": "msg_2"}, body, "does not match"),
        (secret, {**good, "webhook-timestamp": str(now + 1)}, body, "does not match"),
        (secret, {**good, "webhook-signature": ""}, body, "does not match"),
        (secret, {**good, "webhook-timestamp": "soon"}, body, "malformed"),
        (secret, {**good, "X-PromptGuard-Signature": "sha256=00"}, body, "does not match"),
        (secret, signature_headers([secret], "msg_1", now - 301, body), body, "too old"),
        (secret, signature_headers([secret], "msg_1", now + 900, body), body, "too old"),
    ):
        with pytest.raises(AssertionError, match=words):
            verify(key, headers, content, seen)
