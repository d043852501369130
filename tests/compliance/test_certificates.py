"""A certificate is worth what it survives: edits, other keys, other organizations, in both verifiers."""

import base64
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from audit.notes import SigningKey
from audit.sealing import seal_batch
from audit.verification.keys import public_keys
from compliance import certificates, working
from tests.compliance.test_erasure import a_life, delete
from tests.compliance.test_nothing_left import offline
from tests.people import Tenant, found_globex


@dataclass
class Proof:
    """Mia's certificate, the key to check it with, and bundles of both organizations."""

    text: str
    key: str
    folder: Path

    def check(self, text: str, *options: str) -> tuple[int, set[str]]:
        path = self.folder / "certificate.txt"
        path.write_text(text)
        done = offline(path, "--json", *options)
        reports = json.loads(done.stdout) if done.stdout else []
        return done.returncode, {finding["code"] for report in reports for finding in report["findings"]}


@pytest.fixture
def proof(live_acme: Tenant, tmp_path: Path) -> Proof:
    globex = found_globex()
    a_life(live_acme)
    request = working.work_on(delete(live_acme.mia.client()).json()["id"])
    seal_batch()
    for tenant in (live_acme, globex):
        chosen, slug = str(tenant.organization.id), tenant.organization.slug
        call_command("export_audit", "--org", chosen, "--output", str(tmp_path / f"{slug}.zip"))
    return Proof(request.certificate, public_keys()[0], tmp_path)


def edited(before: str, after: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert before in text
        return text.replace(before, after, 1)

    return edit


def signed_by_somebody_else(text: str) -> str:
    return SigningKey("localhost/audit", os.urandom(32)).sign(text.partition("\n\n")[0] + "\n")


def with_our_key_s_name(text: str) -> str:
    """The name and id of our key over a signature of another's."""
    name, encoded = text.rstrip("\n").rpartition("\n")[2].split(" ")[1:]
    forged = SigningKey(name, os.urandom(32)).sign(text.partition("\n\n")[0] + "\n")
    other = base64.b64decode(forged.rstrip("\n").rpartition(" ")[2])
    signature = base64.b64encode(base64.b64decode(encoded)[:4] + other[4:]).decode()
    return forged.replace(forged.rstrip("\n").rpartition(" ")[2], signature)


FORGERIES = {
    "more rows": edited("erased 3 guard", "erased 9 guard"),
    "rows left": edited("rescan 0", "rescan 4"),
    "another request": edited("request 0", "request 1"),
    "another key": signed_by_somebody_else,
    "our key's name": with_our_key_s_name,
    "no signature": lambda text: text.partition("\n\n")[0],
    "nothing": lambda text: "",
    "another note": edited("promptguard/erasure/v1", "promptguard/something/v1"),
    "an accepted other ending": lambda text: text + "\n",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_no_forgery_passes(proof: Proof, forgery: str) -> None:
    text = FORGERIES[forgery](proof.text)
    code, findings = proof.check(text, f"--key={proof.key}", "--in", str(proof.folder / "acme.zip"))
    assert code == 1
    assert findings & {"certificate-signature", "certificate-malformed"}
    with pytest.raises(certificates.NotACertificate):
        certificates.verify(text, [proof.key])
    path = proof.folder / "forged.txt"
    path.write_text(text)
    with pytest.raises(CommandError, match="not genuine") as refused:
        call_command("verify_certificate", str(path))
    assert refused.value.returncode == 1


def test_the_genuine_one_passes_with_and_without_the_bundle(proof: Proof) -> None:
    assert proof.check(proof.text, f"--key={proof.key}") == (0, set())
    assert proof.check(proof.text, f"--key={proof.key}", "--in", str(proof.folder / "acme.zip")) == (0, set())
    assert proof.check(proof.text, "--in", str(proof.folder / "acme.zip")) == (0, set())
    call_command("verify_certificate", str(proof.folder / "certificate.txt"))


def test_without_any_key_nothing_is_proven(proof: Proof) -> None:
    assert proof.check(proof.text) == (2, {"key-missing"})


def test_another_organization_s_bundle_is_told(proof: Proof) -> None:
    code, findings = proof.check(proof.text, f"--key={proof.key}", "--in", str(proof.folder / "globex.zip"))
    assert (code, findings) == (1, {"certificate-organization"})


def test_a_chain_that_stood_elsewhere_is_told(proof: Proof, live_acme: Tenant) -> None:
    """Signed by us, but not what the log says: the key alone does not make a certificate true."""
    from audit.keys import current_key

    body = proof.text.partition("\n\n")[0] + "\n"
    lines = [
        line[:-4] + "0000" if line.startswith(f"chain {live_acme.organization.id}") else line
        for line in body.splitlines()
    ]
    forged = current_key().sign("\n".join(lines) + "\n")
    code, findings = proof.check(forged, f"--key={proof.key}", "--in", str(proof.folder / "acme.zip"))
    assert (code, findings) == (1, {"certificate-root"})
    path = proof.folder / "forged.txt"
    path.write_text(forged)
    with pytest.raises(CommandError, match="our chain says otherwise") as refused:
        call_command("verify_certificate", str(path))
    assert refused.value.returncode == 1
