"""A second verifier, written from the format's explanation in `promptguard_verify.py` and from nothing of ours.

It must reach the same roots, or the explanation is wrong.
"""

import base64
import gzip
import hashlib
import json
import zipfile
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import LazySettings

from audit.keys import current_key
from audit.restoring import declare_loss, find_losses
from audit.services import record_interaction
from audit.verification import snapshot
from audit.verification.anchors import AnchorEvidence
from promptguard.core.caller import Caller
from promptguard.core.tenancy import organization_scope
from tests.audit.adversary import Adversary
from tests.audit.attacks.scene import Scene


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def tree(values: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word by word."""
    if not values:
        return sha256()
    if len(values) == 1:
        return sha256(b"\x00", values[0])
    split = 1
    while split * 2 < len(values):
        split *= 2
    return sha256(b"\x01", tree(values[:split]), tree(values[split:]))


class SecondVerifier:
    """Checks a whole bundle by assertions; `links` are the chain's, by epoch."""

    def __init__(self, bundle: Path) -> None:
        with zipfile.ZipFile(bundle) as archive:
            self.files = {name: archive.read(name) for name in archive.namelist()}
        self.manifest = json.loads(self.files["manifest.json"])
        self.org = UUID(self.manifest["organization"]).bytes
        self.links: dict[int, list[bytes]] = {}
        self.promises: dict[tuple[int, int], list[dict[str, str]]] = {}

    def check_files(self) -> None:
        for name, digest in self.manifest["files"].items():
            assert sha256(self.files[name]).hex() == digest
        note = self.signed(self.files["manifest.note"].decode())
        assert sha256(self.files["manifest.json"]).hex() in note

    def signed(self, note: str) -> list[str]:
        """The lines of a note that one of the keys has signed."""
        text, _, signature = note.rpartition("\n\n")
        raw = base64.b64decode(signature.split(" ")[2])
        for key in json.loads(self.files["keys.json"]):
            public = bytes.fromhex(key["public"])
            if sha256(key["name"].encode(), b"\n\x01", public)[:4] == raw[:4]:
                Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], f"{text}\n".encode())
                return text.split("\n")
        raise AssertionError("signed by nobody")

    def check_events(self) -> None:
        last = b""
        for name in sorted(each for each in self.files if each.startswith("events-")):
            epoch = int(name.split("-")[1])
            for line in gzip.decompress(self.files[name]).splitlines():
                number, sealed_at, leaf, link, document = line.split(b"\t", 4)
                if int(number) == 1:
                    last = self.genesis(epoch, last, document)
                assert sha256(b"\x00", document).hex().encode() == leaf
                place = epoch.to_bytes(4) + int(number).to_bytes(8) + int(sealed_at).to_bytes(8)
                last = sha256(b"\x02", self.org, place, last, bytes.fromhex(leaf.decode()))
                assert last.hex().encode() == link
                self.links.setdefault(epoch, []).append(last)
                self.check_interactions(document)
                self.promises[epoch, int(number)] = json.loads(document)["priv"]

    def genesis(self, epoch: int, last: bytes, document: bytes) -> bytes:
        parent = bytes(32)
        if epoch > 1:
            anchored = json.loads(document)["pub"]["details"]["anchored_size"]
            parent = sha256(last, anchored.to_bytes(8))
        return sha256(b"\x03", b"promptguard/audit/v1", self.org, epoch.to_bytes(4), parent)

    def check_interactions(self, document: bytes) -> None:
        event = json.loads(document)
        if event["type"] == "interactions.sealed":
            leaves = dict(map(json.loads, self.files["interactions.ndjson"].splitlines()))[event["id"]]
            assert len(leaves) == event["pub"]["details"]["count"]
            assert tree([bytes.fromhex(leaf) for leaf in leaves]).hex() == event["pub"]["details"]["root"]

    def check_checkpoints(self) -> int:
        """The number of checkpoints about events that are still there."""
        found = 0
        blocks = self.files["checkpoints.txt"].decode().split("\n\n")
        for text, signature in zip(blocks[::2], blocks[1::2], strict=True):
            lines = self.signed(f"{text}\n\n{signature.strip()}\n")
            epoch, size = int(lines[0].rpartition("/")[2]), int(lines[1])
            if size <= len(self.links[epoch]):
                assert tree(self.links[epoch][:size]) == base64.b64decode(lines[2])
                assert lines[3] == f"head {self.links[epoch][size - 1].hex()}"
                found += 1
        return found

    def check_private(self) -> int:
        lines = [json.loads(line) for line in self.files["private.ndjson"].splitlines()]
        for epoch, number, part, pseudonym, salt, values in lines:
            promise = {"s": pseudonym, "c": sha256(b"\x10", bytes.fromhex(salt), values.encode()).hex()}
            assert self.promises[epoch, number][part] == promise
        return len(lines)


def test_a_second_verifier_comes_to_the_same(
    caller: Caller, superuser: psycopg.Connection, tmp_path: Path, settings: LazySettings
) -> None:
    """Over two epochs, with personal values, interactions and checkpoints."""
    settings.AUDIT_SIGNING_KEYS, settings.AUDIT_SEALING = str(tmp_path / "keys"), "sequencer"
    scene = Scene(caller, tmp_path / "anchors", tmp_path)
    scene.fill()
    scene.sign("file")
    Adversary(superuser, scene.org, current_key()).truncate(52, checkpoints=True)
    with snapshot():
        (loss,) = find_losses(AnchorEvidence.from_file(str(scene.anchors)))
    declare_loss(loss)
    with organization_scope(scene.org):
        for number in range(5):
            record_interaction(
                organization_id=scene.org, interaction_id=uuid4(), leaf_hash=sha256(bytes([number]))
            )
    scene.append(1, 20)
    scene.sign("file")
    second = SecondVerifier(scene.bundle())
    second.check_files()
    second.check_events()
    assert second.check_checkpoints() >= 6
    assert second.check_private() == 17 + 6
    heads = {head["epoch"]: (head["seq"], head["hash"]) for head in second.manifest["heads"]}
    assert heads == {epoch: (len(links), links[-1].hex()) for epoch, links in second.links.items()}
