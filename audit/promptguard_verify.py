#!/usr/bin/env python3
"""Verify a PromptGuard audit bundle, a copy of an audit stream, or a deletion certificate, with nothing but Python.

    python3 -I -S promptguard_verify.py BUNDLE [--key VERIFIER_KEY] [--anchors FILE] [--json]
    python3 -I -S promptguard_verify.py CERTIFICATE [--key VERIFIER_KEY] [--in BUNDLE] [--json]

The format, so that you may write another verifier (integers big-endian and of fixed width; tests/audit/test_format.py did):
  leaf_n  = SHA256(00 | canonical bytes of event n)          canonical = RFC 8785 JSON, stored as it was hashed
  link_0  = SHA256(03 | "promptguard/audit/v1" | org 16 bytes | epoch 4 | parent 32)
  parent  = zeros in epoch 1; after a restore SHA256(last link that is left | anchored size 8), see event audit.restored
  link_n  = SHA256(02 | org 16 | epoch 4 | n 8 | sealed_at in microseconds 8 | link_(n-1) | leaf_n)
  tree    = RFC 6962 over the links: leaf SHA256(00 | link), node SHA256(01 | left | right)
  checkpoint = C2SP signed note (Ed25519): origin <host>/audit/<org>/<epoch>, size, base64 root, head link, time
  private = SHA256(10 | salt 32 | canonical values), listed in the event as {"c": commitment, "s": pseudonym}
  interactions.sealed: count and root of such a tree over the leaves that interactions.ndjson has for the event
  events-<epoch>-<part>.tsv.gz: n, sealed_at, leaf, link, canonical bytes; tab-separated, hashes in hexadecimal
  prunes.json: ranges that are gone lawfully, each with the tree's peaks and confirmed by an event audit.pruned
  manifest.json names each file with its SHA-256; manifest.note signs the SHA-256 of manifest.json.
What only the installation itself can check (verify_audit_chain): time stamps (RFC 3161), columns for searching, the sequencer's
own rows, and private parts where the bundle has no private.ndjson.
Exit codes: 0 clean, 1 tampering, 2 not everything could be checked, 3 declared loss, 4 usage.
"""

import argparse
import array
import base64
import binascii
import csv
import functools
import gzip
import hashlib
import io
import itertools
import json
import operator
import re
import struct
import sys
import uuid
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

CLEAN, TAMPERED, UNCHECKED, DECLARED, USAGE = range(5)
NOT_TAMPERING = {
    "anchor-missing": UNCHECKED,
    "anchor-unchecked": UNCHECKED,
    "certificate-ahead": UNCHECKED,
    "certificate-unchecked": UNCHECKED,
    "checkpoint-unproven": UNCHECKED,
    "key-missing": UNCHECKED,
    "private-unreadable": UNCHECKED,
    "declared-loss": DECLARED,
    "anchor-overdue": DECLARED,
    "backlog": DECLARED,
    "late": DECLARED,
    "privileges": CLEAN,
}
DAYS = {"30d": 30, "90d": 90, "365d": 365, "3y": 1095, "7y": 2555, "forever": None}
DEFAULT_CLASS = "365d"
# Events that explain why something is absent are never pruned.
STRUCTURAL = frozenset(
    ("audit.key_rotated", "audit.pruned", "audit.restored", "data.purged", "erasure.completed", "erasure.requested")
    + ("legal_hold.placed", "legal_hold.released", "privacy.erased", "retention.changed")
)
SPECIAL = frozenset(kind.encode() for kind in STRUCTURAL | {"interactions.sealed"})
MICROSECOND = timedelta(microseconds=1)
DAY_US = 86_400_000_000
EARLY_US, LATE_US = 10 * 60 * 1_000_000, 31 * DAY_US  # how far an event may claim to lie from its sealing
NUMBERS = struct.Struct(">QQ")
SHORTEST_RUN = 8  # events that are checked at once
UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017  runs on older Pythons
sha256 = hashlib.sha256


# --- What was found -----------------------------------------------------------------------------------
class Report:
    """All findings of one organization, joined into ranges; nothing stops at the first."""

    def __init__(self, organization):
        self.organization = organization
        self.findings = []
        self.counts = {"events": 0, "checkpoints": 0, "anchors": 0, "private": 0, "erased": 0, "pruned": 0}
        self.heads = {}

    def add(self, code, epoch=0, seq=0, message="", last=None):
        last = seq if last is None else last
        for finding in reversed(self.findings):
            if finding["code"] == code and finding["epoch"] == epoch:
                if finding["from"] <= seq <= finding["to"] + 1 or code.startswith(("checkpoint-", "anchor-")):
                    finding["from"], finding["to"] = min(finding["from"], seq), max(finding["to"], last)
                    return
                break
        self.findings.append({"code": code, "epoch": epoch, "from": seq, "to": last, "message": message})

    def codes(self):
        return {finding["code"] for finding in self.findings}

    def exit_code(self):
        codes = {NOT_TAMPERING.get(code, TAMPERED) for code in self.codes()}
        return next((code for code in (TAMPERED, UNCHECKED, DECLARED) if code in codes), CLEAN)

    def as_dict(self):
        return {
            "organization": str(self.organization),
            "exit": self.exit_code(),
            "heads": [{"epoch": e, "seq": s, "hash": h.hex()} for e, (s, h) in sorted(self.heads.items())],
            "counts": self.counts,
            "findings": self.findings,
        }

    def lines(self):
        verdict = {0: "OK", 1: "TAMPERED", 2: "NOT EVERYTHING CHECKED", 3: "DECLARED LOSS OR OVERDUE"}
        yield f"audit-verify  org={self.organization}  {verdict[self.exit_code()]}"
        for epoch, (seq, link) in sorted(self.heads.items()):
            yield f"  epoch {epoch}: {seq} events, head {link.hex()}"
        yield "  " + ", ".join(f"{name} {count}" for name, count in self.counts.items())
        for f in self.findings:
            place = f"#{f['from']}" if f["from"] == f["to"] else f"#{f['from']}-{f['to']}"
            yield f"  {f['code']}  epoch {f['epoch']} {place}  {f['message']}"


# --- Hashes and trees ---------------------------------------------------------------------------------
def genesis(org, epoch, parent=bytes(32)):
    return sha256(b"\x03promptguard/audit/v1" + org + epoch.to_bytes(4, "big") + parent).digest()


class Tree:
    """The peaks of an RFC 6962 tree: roots of the perfect subtrees, largest first.

    Leaves wait until many can be hashed level by level, or until somebody looks.
    """

    def __init__(self, size=0, peaks=()):
        self._size, self._peaks, self._waiting = size, list(peaks), []

    def append(self, value):
        self.extend((value,))

    def extend(self, values):
        self._waiting.extend(values)
        if len(self._waiting) >= 2048:
            self._settle()

    def _settle(self):
        row, kept, rest = [sha256(b"\x00" + value).digest() for value in self._waiting], [], self._size
        self._size, self._waiting = self._size + len(row), []
        while row:
            if rest & 1:
                row.insert(0, self._peaks.pop())
            if len(row) & 1:
                kept.append(row.pop())
            row = [sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2])]  # noqa: B905
            rest >>= 1
        self._peaks += reversed(kept)

    @property
    def size(self):
        return self._size + len(self._waiting)

    @property
    def peaks(self):
        self._settle()
        return self._peaks

    def root(self):
        peaks = self.peaks
        if not peaks:
            return sha256(b"").digest()
        carry = peaks[-1]
        for peak in peaks[-2::-1]:
            carry = sha256(b"\x01" + peak + carry).digest()
        return carry


def included(index, size, leaf, path):
    """The root that an audit path leads to (RFC 9162 2.1.3.2), or None when the path does not fit."""
    if not 0 <= index < size:
        return None
    position, last = index, size - 1
    for step in path:
        if last == 0:
            return None
        if position & 1 or position == last:
            leaf = sha256(b"\x01" + step + leaf).digest()
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            leaf = sha256(b"\x01" + leaf + step).digest()
        position, last = position >> 1, last >> 1
    return None if last else leaf


# --- Ed25519 (RFC 8032), verification only ------------------------------------------------------------
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def _recover_x(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_M1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def _point(encoded):
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    x = _recover_x(y, sign) if y < P else None
    return None if x is None else (x, y, 1, x * y % P)


def _add(a, b):
    m, n = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _times(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point, scalar = _add(point, point), scalar >> 1
    return result


BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_valid(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r, s = _point(public), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = _times(s, BASE), _add(r, _times(k, a))
    same_x = (left[0] * right[2] - right[0] * left[2]) % P == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- Signed notes and keys ----------------------------------------------------------------------------
def split_note(note):
    body, blank, tail = note.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise ValueError("not a signed note")
    signatures = []
    for line in tail[:-1].split("\n"):
        dash, name, encoded = (line.split(" ") + ["", ""])[:3]
        raw = base64.b64decode(encoded, validate=True)
        if dash != "\u2014" or not name or len(raw) < 5 or base64.b64encode(raw).decode() != encoded:
            raise ValueError("not a signature line")
        signatures.append((name, raw[:4], raw[4:]))
    return body + "\n", signatures


def parse_checkpoint(note):
    lines = split_note(note)[0].split("\n")
    if len(lines) != 6 or not lines[3].startswith("head ") or not lines[4].startswith("time "):
        raise ValueError("not a checkpoint")
    root = base64.b64decode(lines[2], validate=True)
    return {"origin": lines[0], "size": int(lines[1]), "root": root, "head": lines[3][5:], "time": lines[4][5:]}


def split_notes(text):
    """The notes of a file, one after the other: text, empty line, signature lines, empty line."""
    notes, current, signed = [], [], False
    for line in text.split("\n"):
        if signed and not line.startswith("\u2014 "):
            notes.append("\n".join(current) + "\n")
            current, signed = [], False
            if not line:
                continue
        current.append(line)
        signed = line.startswith("\u2014 ")
    return notes


def _key_id(name, public):
    return sha256(name.encode() + b"\n\x01" + public).digest()[:4]


class Keyring:
    """Public keys that are either pinned or introduced by a trusted predecessor's signature."""

    def __init__(self, records=(), pinned=(), check=ed25519_valid):
        self._check, self._seen = check, {}
        self.trusted = {}
        self.proven = {}  # (organization, epoch) -> the size that somebody else has seen
        for text in pinned:
            name, key_id, encoded = text.split("+", 2)
            self.trusted[name, bytes.fromhex(key_id)] = {"public": base64.b64decode(encoded)[1:]}
        waiting = sorted(records, key=lambda record: record["created"])
        if not self.trusted:
            waiting = self._trust_the_first(waiting)
        while introduced := [record for record in waiting if self._is_introduced(record)]:
            waiting = [record for record in waiting if record not in introduced]
            for record in introduced:
                self._trust(record)
            self._seen.clear()

    def _trust_the_first(self, records):
        """Without a pinned key the oldest one that vouches for itself is where trust begins."""
        for position, record in enumerate(records):
            self._trust(record)
            if self._is_introduced(record):
                return records[:position] + records[position + 1 :]
            self.trusted.clear()
            self._seen.clear()
        return []

    def _trust(self, record):
        public, name = bytes.fromhex(record["public"]), record["name"]
        self.trusted[name, _key_id(name, public)] = dict(record, public=public)

    def _is_introduced(self, record):
        """Whether a trusted key has signed the record's text form; a pinned key may bring its own record."""
        public, name = bytes.fromhex(record["public"]), record["name"]
        encoded = base64.b64encode(b"\x01" + public).decode()
        text = f"{name}+{_key_id(name, public).hex()}+{encoded}"
        try:
            said = split_note(record["introduction"])[0].split("\n")
        except ValueError:
            return False
        return text in said and self.signer(record["introduction"]) is not None

    def signer(self, note):
        """The trusted key that signed `note`, or None."""
        if note not in self._seen:
            self._seen[note] = self._signer(note)
        return self._seen[note]

    def _signer(self, note):
        try:
            body, signatures = split_note(note)
        except ValueError:
            return None
        for name, key_id, signature in signatures:
            record = self.trusted.get((name, key_id))
            if record and self._check(record["public"], body.encode(), signature):
                return record
        return None


def note_marks(report, keys, organization, kind, epoch, note):
    """(kind, epoch, size, root, head) of a trusted note about `organization`; anything else is a finding."""
    try:
        said = parse_checkpoint(note)
        _host, about, number = said["origin"].rsplit("/", 2)
        number = int(number)
    except ValueError:
        report.add(f"{kind}-signature", epoch or 0, 0, "not a checkpoint")
        return []
    signer = keys.signer(note)
    if signer is None:
        code = f"{kind}-signature" if keys.trusted else "key-missing"
        report.add(code, number, said["size"], "not signed by a key that can be trusted")
        return []
    if about != str(organization) or (epoch is not None and epoch != number):
        report.add(f"{kind}-origin", number, said["size"], "a checkpoint of another log")
        return []
    if signer.get("retired") and microseconds(said["time"]) > microseconds(signer["retired"]):
        report.add(f"{kind}-signature", number, said["size"], "signed with a key that had been retired")
        return []
    if kind == "anchor":
        keys.proven[about, number] = max(said["size"], keys.proven.get((about, number), 0))
    elif signer.get("revoked") and said["size"] > keys.proven.get((about, number), 0):
        report.add("checkpoint-unproven", number, said["size"], "signed with a revoked key and not anchored before")
        return []
    return [(kind, number, said["size"], said["root"], said["head"])]


def pinned_by_anchors(lines):
    """The key that the very first anchor was published with: nobody can change that line afterwards."""
    try:
        return [json.loads(lines[0])["keys"][0]] if lines else []
    except (ValueError, KeyError, TypeError, IndexError):
        return []


def read_anchors(lines, report, keys):
    """The notes in an anchor file by organization, after replaying the global log.

    Every global note must be signed by a trusted key and have the root that the replay has.
    """
    notes, tree = {}, Tree()
    for number, line in enumerate(filter(None, lines), 1):
        try:
            record = json.loads(line)
            said = parse_checkpoint(record["note"])
            for leaf in record["leaves"]:
                if leaf["index"] == tree.size:
                    tree.append(bytes.fromhex(leaf["salt"]) + uuid.UUID(leaf["org"]).bytes + leaf["note"].encode())
                notes.setdefault(leaf["org"], []).append(leaf["note"])
        except (ValueError, KeyError, TypeError, IndexError):
            report.add("anchor-missing", 0, number, "a line of the anchor file cannot be read")
            continue
        if keys.signer(record["note"]) is None:
            report.add("anchor-signature", 0, number, "an anchor is not signed by a key that can be trusted")
        elif said["size"] != tree.size or said["root"] != tree.root():
            report.add("anchor-root", 0, number, "the global log differs from its own note")
    return notes


# --- What an event says -------------------------------------------------------------------------------
# The canonical order of keys, and only what can be told apart without a parser; `at`, `id` and `org` are looked at afterwards.
# No target has a key "request_id": what follows `pub` can therefore not begin inside of it.
EVENT = re.compile(
    rb'\{"actor":\{"ref":"([^"\\]*)","type":"[^"\\]*","via":"[^"\\]*"\},"at":"(.{27})","id":"(.{36})","org":"(.{36})",'
    rb'"outcome":"([^"\\]*)","priv":\[((?:\{"c":"[0-9a-f]{64}","s":"[^"\\]*"\}(?:,(?=\{)|(?=\])))*)\],"pub":\{.*\},'
    rb'"request_id":"[^"\\]*","severity":"([^"\\]*)",'
    rb'"targets":\[((?:\{"ref":"[^"\\]*","type":"[^"\\]*"\}(?:,(?=\{)|(?=\])))*)\],"type":"([^"\\]*)","v":1\}',
    re.DOTALL,
)
PART = re.compile(rb'"c":"([^"]*)","s":"([^"]*)"')
REF = re.compile(rb'"ref":"([^"\\]*)"')
UNUSUAL = re.compile(rb'["\\]')


def facts(document):
    """(actor ref, at, id, org, outcome, private parts, severity, target refs, type) as bytes, or None.

    The quick way leans on the canonical order of keys; anything unusual is parsed as JSON.
    """
    usual = EVENT.fullmatch(document)
    if usual and not UNUSUAL.search(b"".join(usual.group(2, 3, 4))):
        actor, at, event_id, org, outcome, private, severity, targets, kind = usual.groups()
        return actor, at, event_id, org, outcome, private, severity, REF.findall(targets), kind
    try:
        v = json.loads(document)
        if json.dumps(v, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() != document:
            return None  # a key twice, a number that others read differently: parsers would disagree about it
        texts = [v["actor"]["ref"], v["at"], v["id"], v["org"], v["outcome"], v["severity"], v["type"]]
        actor, at, event_id, org, outcome, severity, kind = (text.encode() for text in texts)
        targets = [target["ref"].encode() for target in v["targets"]]
        return actor, at, event_id, org, outcome, bool(v["priv"]), severity, targets, kind
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def microseconds(text):
    """Microseconds since 1970 of `2026-03-01T09:30:00.000000Z`, or None."""
    try:
        return (datetime.fromisoformat(text.replace("Z", "+00:00")) - UNIX_EPOCH) // MICROSECOND
    except (ValueError, TypeError):
        return None


@functools.lru_cache(maxsize=4096)
def _minute(text):
    return microseconds(text.decode(errors="replace") + ":00.000000Z")


def all_microseconds(texts):
    """The same of many times of 27 bytes each, or None when one is not of that form; events come in order: minutes repeat."""
    whole, fractions = b"".join(texts), [text[17:19] + text[20:26] for text in texts]
    marks = whole[16::27].strip(b":") + whole[19::27].strip(b".") + whole[26::27].strip(b"Z")
    if len(whole) != 27 * len(texts) or marks or not b"".join(fractions).isdigit() or max(fractions) >= b"60":
        return None
    minutes = [_minute(text[:16]) for text in texts]
    return None if None in minutes else list(map(operator.add, minutes, map(int, fractions)))


def identifier_bytes(texts):
    """16 bytes for each of many identifiers of 36 bytes (RFC 9562) joined, or None when one is not of that form."""
    whole = b"".join(texts)
    if len(whole) != 36 * len(texts) or any(whole[place::36].strip(b"-") for place in (8, 13, 18, 23)):
        return None
    try:
        found = binascii.unhexlify(whole.replace(b"-", b""))
    except ValueError:
        return None
    return found if len(found) == 16 * len(texts) else None


# --- The chain ----------------------------------------------------------------------------------------
class ChainVerifier:
    """Walks the events of one organization in order and compares them with everything that was signed.

    Rows are (epoch, seq, sealed_us, stored previous link or None, link, stored leaf or None, canonical bytes).
    """

    def __init__(self, organization, report=None, prunes=(), marks=(), start=None):
        self.organization, self.org = organization, organization.bytes
        self.report = report or Report(organization)
        self.prunes = {}
        for prune in sorted(prunes, key=lambda one: -one["to"]):
            self.prunes.setdefault((prune["epoch"], prune["from"]), []).append(prune)
        self.marks = {}
        for kind, epoch, size, root, head in marks:
            self.marks.setdefault(epoch, {}).setdefault(size, []).append((kind, root, head))
        self.claims, self.prune_events, self.restored, self.erased = [], {}, {}, {}
        self.announced = []
        self.classes, self.sealed_batches, self.commitments = {}, [], None
        self.ids = [array.array("Q") for _ in range(64)]
        self.epoch, self.seq, self.sealed_us, self.link, self.tree, self.prefix = 0, 0, -1, b"", Tree(), b""
        self.retention_class, self._org_text, self.parent = DEFAULT_CLASS, str(organization).encode(), bytes(32)
        self.jumped_to = None
        if start:
            self._start(start)

    def _start(self, start):
        self._enter(start["epoch"], bytes.fromhex(start["previous"]))
        self.seq = start["seq"]
        self.tree = None if start["peaks"] is None else Tree(self.seq, map(bytes.fromhex, start["peaks"]))
        self.retention_class = start.get("class", DEFAULT_CLASS)

    def _enter(self, epoch, link):
        self.epoch, self.seq, self.link, self.tree = epoch, 0, link, Tree()
        self.sealed_us = self._disordered = -1
        self.prefix = b"\x02" + self.org + epoch.to_bytes(4, "big")
        self._expected = self.marks.get(epoch, {})

    def feed(self, rows):
        for row in rows:
            self.event(*row)

    def run(self, epoch, rows):
        """What each row says (`facts`, its time in microseconds, its retention class), or None.

        Rows are what `event` takes after the epoch. Whole columns at a time are quicker, and can only decide that
        nothing is wrong; where anything is unusual, halves are tried, and in the end `event` has the say.
        """
        if len(rows) < SHORTEST_RUN:
            return [self.event(epoch, *row) for row in rows]
        found = self._sound(epoch, rows) and self._understood(rows)
        if found:
            return self._settle(epoch, rows, *found)
        middle = len(rows) // 2
        return self.run(epoch, rows[:middle]) + self.run(epoch, rows[middle:])

    def _sound(self, epoch, rows):
        """Whether numbers, times and hashes all follow from what came before."""
        seqs, sealed, previous, links, leaves, documents = zip(*rows)  # noqa: B905
        before = (self.link, *links[:-1])
        if epoch != self.epoch or seqs != tuple(range(self.seq + 1, self.seq + 1 + len(rows))):
            return False
        if previous != before and previous.count(None) != len(rows):
            return False
        if sealed[0] <= self.sealed_us or any(map(operator.ge, sealed, sealed[1:])) or sealed[-1] >= 2**64:
            return False
        if leaves != tuple([sha256(b"\x00" + document).digest() for document in documents]):
            return False
        prefix, places = self.prefix, map(NUMBERS.pack, seqs, sealed)
        hashed = [sha256(prefix + place + link + leaf) for place, link, leaf in zip(places, before, leaves)]  # noqa: B905
        return links == tuple([each.digest() for each in hashed])

    def _understood(self, rows):
        """What the events say, their times and identifiers; None if one is unusual, or says how long others are kept."""
        usual = [EVENT.fullmatch(row[5]) for row in rows]
        if not all(usual):
            return None
        said = [each.groups() for each in usual]
        _actors, at, ids, orgs, _outcomes, _private, _severities, _targets, kinds = zip(*said)  # noqa: B905
        times, identifiers = all_microseconds(at), identifier_bytes(ids)
        if times is None or identifiers is None or orgs.count(self._org_text) != len(orgs) or b"retention.changed" in kinds:
            return None
        ahead = [time - row[1] for time, row in zip(times, rows)]  # noqa: B905
        return None if max(ahead) > EARLY_US or min(ahead) < -LATE_US else (said, times, identifiers)

    def _settle(self, epoch, rows, said, times, identifiers):
        """Take note of rows in which nothing is wrong."""
        self._advance(rows)
        self._remember_ids(identifiers)
        for (seq, sealed_us, *_hashes, document), each in zip(rows, said):  # noqa: B905
            if each[8] in SPECIAL:
                self._special(each, epoch, seq, sealed_us, document)
            if each[5] and self.commitments is not None:
                parts = [(ref.decode(errors="replace"), promise.decode()) for promise, ref in PART.findall(each[5])]
                self.commitments(epoch, seq, each[2].decode(), parts)
        classes = {kind: self.class_of(kind) for kind in {each[8] for each in said}}
        return [
            (actor, at, event_id, org, outcome, private, severity, REF.findall(targets) if targets else [], kind, time, classes[kind])
            for (actor, at, event_id, org, outcome, private, severity, targets, kind), time in zip(said, times)  # noqa: B905
        ]

    def _advance(self, rows):
        """To the last of these rows, with a halt wherever something was signed."""
        halts = {number for number, row in enumerate(rows, 1) if row[0] in self._expected} if self._expected else set()
        done = 0
        for number in sorted(halts | {len(rows)}):
            if self.tree is not None:
                self.tree.extend([row[3] for row in rows[done:number]])
            self.seq, self.sealed_us, _previous, self.link = rows[number - 1][:4]
            self.report.counts["events"] += number - done
            if self.seq in self._expected:
                self._compare(self.seq)
            done = number

    def _remember_ids(self, identifiers):
        """The lower halves, apart from each other, so that few have to be sorted at once."""
        for half in array.array("Q", identifiers)[1::2]:
            self.ids[half & 63].append(half)

    def event(self, epoch, seq, sealed_us, previous, link, leaf, document):
        if epoch != self.epoch:
            self._open_epoch(epoch, seq, document)
        report = self.report
        if seq != self.seq + 1 and not self._step_over(seq):
            if seq <= self.seq:
                report.add("dup", epoch, seq, "a second event of this number")
                return None
            report.add("gap", epoch, self.seq + 1, "events are missing", last=seq - 1)
            self._resume_after_gap(seq, previous)
        computed = sha256(b"\x00" + document).digest()
        if leaf is None:
            leaf = computed
        elif leaf != computed:
            report.add("content", epoch, seq, "the content is not what was sealed")
        expected = sha256(self.prefix + _place(seq, sealed_us) + self.link + leaf)
        if expected.digest() != link or (previous is not None and previous != self.link):
            self._broken_link(seq, sealed_us, previous, link, leaf)
        if sealed_us <= self.sealed_us:
            report.add("clock-back", epoch, seq, "sealed earlier than its predecessor")
        self.seq, self.sealed_us, self.link = seq, sealed_us, link
        if self.tree is not None:
            self.tree.append(link)
        report.counts["events"] += 1
        if seq in self._expected:
            self._compare(seq)
        return self._understand(epoch, seq, sealed_us, document)

    def _open_epoch(self, epoch, seq, document):
        self._leave_epoch()
        parent = bytes(32)
        if epoch > 1:
            details = event_details(document) if seq == 1 else {}
            if not self.epoch and details.get("old_size") == 0:
                self._enter(1, genesis(self.org, 1))  # restored from before the first event
            if details.get("old_epoch") != self.epoch or details.get("old_head") != self.link.hex():
                self.report.add("epoch-unexplained", epoch, seq, "a new epoch that no restore explains")
            anchored = _count(details.get("anchored_size"))
            parent = sha256(self.link + anchored.to_bytes(8, "big")).digest()
            for lost, size in [(self.epoch, anchored), *_pairs(details.get("lost_epochs"))]:
                self.restored[lost] = size
                first = self.seq + 1 if lost == self.epoch else 1
                if first <= size:
                    self.report.add("declared-loss", lost, first, "lost with a restored backup, declared", last=size)
        self._enter(epoch, genesis(self.org, epoch, parent))
        self.parent = parent

    def _leave_epoch(self):
        if self.epoch:
            while self._jump():
                pass
            self.report.heads[self.epoch] = (self.seq, self.link)

    def _step_over(self, seq):
        while self.seq + 1 < seq:
            if not self._jump(seq):
                return False
        return self.seq + 1 == seq

    def _jump(self, before=2**63):
        """Over the longest pruned range that starts here; it is a claim that a chained event has to confirm."""
        here = self.prunes.get((self.epoch, self.seq + 1), ())
        prune = next((one for one in here if self.seq < one["to"] < before), None)
        if prune is None or bytes.fromhex(prune["prev"]) != self.link:
            return False
        if prune["to"].bit_count() != len(prune["peaks"]):
            return False
        self.tree = Tree(prune["to"], map(bytes.fromhex, prune["peaks"]))
        self.claims.append(prune)
        self.report.counts["pruned"] += prune["to"] - self.seq
        self.seq, self.link = prune["to"], bytes.fromhex(prune["last"])
        self.jumped_to = (self.epoch, self.seq)
        if self.seq in self._expected:
            self._compare(self.seq)
        return True

    def _resume_after_gap(self, seq, previous):
        if seq == self.seq + 2 and previous is not None and self.tree is not None:
            self.tree.append(previous)  # the lost event's link survives in its successor
        else:
            self.tree = None
        self.seq = seq - 1
        if previous is not None:
            self.link = previous
        else:
            self.link = b""

    def _broken_link(self, seq, sealed_us, previous, link, leaf):
        if not self.link:
            return  # nothing to compare with after a gap in a copy that does not carry the previous link
        own = self.link if previous is None else previous
        for other in (seq, *range(max(seq - 3, 1), seq + 4)):
            if sha256(self.prefix + _place(other, sealed_us) + own + leaf).digest() != link:
                continue
            if other != seq:
                self._disordered = seq
                self.report.add("order", self.epoch, seq, f"this is event {other}")
                return
            if self._disordered == seq - 1:
                return  # sound in itself: it is its predecessors that changed places
        self.report.add("link", self.epoch, seq, "does not follow from its predecessor")

    def _compare(self, size):
        for kind, root, head in self._expected[size]:
            if root is None:
                self.report.counts["certificates"] = 1
            elif self.tree is None:
                continue
            if (root is not None and self.tree.root() != root) or self.link.hex() != head:
                self.report.add(f"{kind}-root", self.epoch, size, "the log differs from what was signed")

    def _understand(self, epoch, seq, sealed_us, document):
        said = facts(document)
        if said is None:
            self.report.add("content", epoch, seq, "not an event")
            return None
        times = all_microseconds([said[1]])
        at = times[0] if times else microseconds(said[1].decode(errors="replace"))
        if at is None or at - sealed_us > EARLY_US:
            self.report.add("skew", epoch, seq, "it claims to have happened after it was sealed")
        elif sealed_us - at > LATE_US:
            self.report.add("late", epoch, seq, "sealed long after it happened: an outage, or a lie about the time")
        if said[3] != self._org_text:
            self.report.add("foreign-org", epoch, seq, "an event of another organization")
        identifier = identifier_bytes([said[2]])
        if identifier is None:
            self.report.add("content", epoch, seq, "not an event")
        else:
            self._remember_ids(identifier)
        if said[8] in SPECIAL:
            self._special(said, epoch, seq, sealed_us, document)
        if self.commitments is not None and said[5] and identifier is not None:
            try:
                parts = [(str(part["s"]), str(part["c"])) for part in json.loads(document)["priv"]]
            except (ValueError, KeyError, TypeError, RecursionError):
                self.report.add("content", epoch, seq, "not an event")
            else:
                self.commitments(epoch, seq, said[2].decode(errors="replace"), parts)
        return (*said, at, self.class_of(said[8]))

    def class_of(self, kind):
        return "forever" if kind.decode(errors="replace") in STRUCTURAL else self.retention_class

    def _special(self, said, epoch, seq, sealed_us, document):
        kind, details = said[8], event_details(document)
        if kind == b"audit.pruned":
            self.prune_events[epoch, seq] = (sealed_us, details)
        elif kind == b"privacy.erased":
            self.erased[str(details.get("subject_ref"))] = (epoch, seq)
            self.announced.append((epoch, seq, event_reason(document)))
        elif kind == b"retention.changed":
            if str(details.get("class")) in DAYS:
                self.retention_class = self.classes[epoch, seq] = details["class"]
        elif kind == b"interactions.sealed":
            self.sealed_batches.append((epoch, seq, said[2].decode(errors="replace"), details))

    def finish(self):
        """Everything that can only be said at the end. Returns the report."""
        self._leave_epoch()
        self._find_repeated_ids()
        for claim in self.claims:
            self._confirm(claim)
        for epoch, marks in self.marks.items():
            reached = self.report.heads.get(epoch, (0, b""))[0]
            for size, signed in marks.items():
                if size > reached:
                    self._ahead(epoch, size, reached, signed)
        return self.report

    def _ahead(self, epoch, size, reached, signed):
        if self.restored.get(epoch, 0) >= size:
            self.report.add("declared-loss", epoch, reached + 1, "lost with a restored backup, declared", last=size)
            return
        for kind, _root, _head in signed:
            self.report.add(f"{kind}-ahead", epoch, reached + 1, "signed, but no longer there", last=size)

    def _find_repeated_ids(self):
        for bucket in self.ids:
            if len(set(bucket)) < len(bucket):
                self.report.add("dup-id", self.epoch, 0, "an event identifier occurs twice")

    def _confirm(self, claim):
        """A pruned range needs its chained event, the boundary it hashes to, and a due date that had passed."""
        epoch, first, last = claim["epoch"], claim["from"], claim["to"]
        root = Tree(last, map(bytes.fromhex, claim["peaks"])).root().hex()
        wanted = {"epoch": epoch, "from": first, "to": last, "prev": claim["prev"], "last": claim["last"], "root": root}
        for (said_in, seq), (sealed_us, details) in self.prune_events.items():
            if said_in < epoch or seq != claim["event_seq"] or details.get("class") != claim["class"]:
                continue
            for said in _objects(details.get("ranges")):
                if any(said.get(name) != value for name, value in wanted.items()) or not self._boundary(epoch, said):
                    continue
                if not self._was_due(epoch, said, sealed_us):
                    self.report.add("prune-not-due", epoch, first, "removed before its time", last=last)
                return
        self.report.add("prune-unproven", epoch, first, "no chained event confirms this removal", last=last)

    def _boundary(self, epoch, said):
        try:
            prefix = b"\x02" + self.org + epoch.to_bytes(4, "big") + said["to"].to_bytes(8, "big")
            parts = bytes.fromhex(said["last_prev"]) + bytes.fromhex(said["last_leaf"])
            link = sha256(prefix + said["last_sealed_us"].to_bytes(8, "big") + parts).hexdigest()
        except (KeyError, ValueError, AttributeError, TypeError):
            return False
        return link == said["last"]

    def _was_due(self, epoch, said, pruned_us):
        return all(
            DAYS.get(kept) is not None and said["last_sealed_us"] + DAYS[kept] * DAY_US <= pruned_us
            for kept in self._classes_within(epoch, said["from"], said["to"])
        )

    def _classes_within(self, epoch, first, last):
        """The retention classes in force for events first … last, as the chain itself says."""
        current, found = DEFAULT_CLASS, set()
        for place, kept in sorted(self.classes.items()):
            if place > (epoch, last):
                break
            if place > (epoch, first):
                found.add(current)
            current = kept
        return found | {current}


def event_reason(document):
    try:
        return json.loads(document)["pub"]["reason"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _place(seq, sealed_us):
    """What a link says about where it stands; nothing that was ever sealed where a number cannot be written so."""
    try:
        return NUMBERS.pack(seq, sealed_us)
    except struct.error:
        return b""


def _objects(value):
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _count(value):
    return value if type(value) is int and 0 <= value < 2**63 else 0


def _pairs(value):
    """[[epoch, size], …] as it should be in an event; whatever else it is counts as nothing."""
    found = value if isinstance(value, list) else ()
    return [tuple(each) for each in found if isinstance(each, list) and len(each) == 2 and all(map(_count, each))]


def event_details(document):
    try:
        details = json.loads(document)["pub"]["details"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return details if isinstance(details, dict) else {}


# --- Bundles ------------------------------------------------------------------------------------------
class Bundle:
    """A directory or a zip file."""

    def __init__(self, path):
        self._zip = zipfile.ZipFile(path) if zipfile.is_zipfile(path) else None
        self._folder = Path(path)

    def names(self):
        if self._zip:
            return sorted(self._zip.namelist())
        return sorted(str(p.relative_to(self._folder)) for p in self._folder.rglob("*") if p.is_file())

    def open(self, name):
        return self._zip.open(name) if self._zip else (self._folder / name).open("rb")

    def read(self, name):
        with self.open(name) as file:
            return file.read()

    def lines(self, name):
        return [line for line in self.read(name).decode(errors="replace").split("\n") if line] if name in self.names() else []


def verify_bundle(path, pinned=(), anchor_lines=()):
    """All findings about a bundle. Raises ValueError or OSError when it is not one."""
    return _verify_bundle(path, pinned, anchor_lines)[0]


def _verify_bundle(path, pinned, anchor_lines=(), marks=()):
    bundle = Bundle(path)
    manifest = json.loads(bundle.read("manifest.json"))
    report = Report(uuid.UUID(manifest["organization"]))
    names = bundle.names()
    _check_files(bundle, manifest, report, names)
    keys = Keyring(json.loads(bundle.read("keys.json")), list(pinned) or pinned_by_anchors(anchor_lines))
    _check_manifest(bundle, report, keys, names)
    marks = [*marks, *_bundle_marks(bundle, report, keys, anchor_lines)]
    walk = ChainVerifier(report.organization, report, json.loads(bundle.read("prunes.json")), marks, manifest.get("start"))
    private = _PrivateFile(bundle, report) if "private.ndjson" in names else None
    walk.commitments = private.expect if private else None
    for name in names:
        if name.startswith("events-"):
            _walk_file(bundle, name, walk, report)
    walk.finish()
    if private:
        private.explain_missing(walk.erased)
    _check_interactions(bundle, walk, report)
    for head in manifest["heads"]:
        seq, link = report.heads.get(head["epoch"], (0, b""))
        if (head["seq"], head["hash"]) != (seq, link.hex()) and head["seq"]:
            report.add("head", head["epoch"], min(head["seq"], seq) + 1, "the head row says otherwise")
    return report, walk


def _check_files(bundle, manifest, report, names):
    expected = manifest["files"]
    for number, name in enumerate(sorted({*names, *expected} - {"manifest.json", "manifest.note"})):
        digest = sha256()
        if name in names:
            with bundle.open(name) as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
        if expected.get(name) != digest.hexdigest():
            report.add("bundle-altered", 0, number, f"{name} is not the file that was exported")


def _check_manifest(bundle, report, keys, names):
    """An unsigned manifest is allowed (an installation without keys); one with a wrong signature is not."""
    if "manifest.note" not in names:
        if keys.trusted:
            report.add("bundle-altered", 0, 0, "the manifest's signature is missing")
        return
    note = bundle.read("manifest.note").decode(errors="replace")
    said = sha256(bundle.read("manifest.json")).hexdigest()
    if keys.signer(note) is None or said not in note.split("\n"):
        report.add("bundle-altered", 0, 0, "the manifest is not what was signed")


def _bundle_marks(bundle, report, keys, anchor_lines):
    """Anchors first: they decide how far a revoked key is still believed."""
    marks = []
    for note in read_anchors(anchor_lines, report, keys).get(str(report.organization), ()):
        report.counts["anchors"] += 1
        marks += note_marks(report, keys, report.organization, "anchor", None, note)
    for note in split_notes(bundle.read("checkpoints.txt").decode(errors="replace")):
        report.counts["checkpoints"] += 1
        marks += note_marks(report, keys, report.organization, "checkpoint", None, note)
    return marks


def _walk_file(bundle, name, walk, report):
    try:
        epoch = int(name.split("-")[1])
        with bundle.open(name) as raw:
            for lines in _unzipped_lines(raw):
                _walk_lines(epoch, lines, walk)
    except (EOFError, OSError, ValueError, gzip.BadGzipFile):
        report.add("bundle-altered", 0, 0, f"{name} cannot be read to its end")


def _walk_lines(epoch, lines, walk):
    try:
        rows = list(map(_row_of, lines))
    except ValueError:  # up to the line that is none
        for line in lines:
            walk.event(epoch, *_row_of(line))
    else:
        walk.run(epoch, rows)


def _row_of(line):
    seq, sealed_us, leaf, link, document = line.split(b"\t", 4)
    return int(seq), int(sealed_us), None, binascii.unhexlify(link), binascii.unhexlify(leaf), document


def _unzipped_lines(raw):
    """Whole lines, about a megabyte of them at once."""
    with gzip.open(raw) as file:
        rest = b""
        while chunk := file.read(1 << 20):
            lines = (rest + chunk).split(b"\n")
            rest = lines.pop()
            yield lines
        if rest:
            yield [rest]


class _PrivateFile:
    """Private parts in the order of the events: epoch, seq, part, pseudonym, salt, canonical values."""

    def __init__(self, bundle, report):
        self._report, self._absent = report, []
        self._lines = (json.loads(line) for line in bundle.lines("private.ndjson"))
        self._next = next(self._lines, None)

    def expect(self, epoch, seq, _event_id, parts):
        for number, (subject, promise) in enumerate(parts):
            while self._next and self._next[:3] < [epoch, seq, number]:
                self._next = next(self._lines, None)
            if not self._next or self._next[:3] != [epoch, seq, number]:
                self._absent.append((subject, epoch, seq))
                continue
            _epoch, _seq, _part, ref, salt, values = self._next
            self._report.counts["private"] += 1
            if ref != subject or values is None:
                found = None
            else:
                found = sha256(b"\x10" + bytes.fromhex(salt) + values.encode()).hexdigest()
            if found != promise:
                self._report.add("private-altered", epoch, seq, "a private part is not what the event committed to")

    def explain_missing(self, erased):
        for subject, epoch, seq in self._absent:
            if subject in erased:
                self._report.counts["erased"] += 1
            else:
                message = "a private part is gone without an erasure"
                self._report.add("private-missing-unexplained", epoch, seq, message)


def _check_interactions(bundle, walk, report):
    batches = {}
    for line in bundle.lines("interactions.ndjson"):
        event_id, leaves = json.loads(line)
        batches[event_id] = leaves
    for epoch, seq, event_id, details in walk.sealed_batches:
        tree, leaves = Tree(), batches.get(event_id, [])
        for leaf in leaves:
            tree.append(bytes.fromhex(leaf))
        if len(leaves) != details.get("count") or tree.root().hex() != details.get("root"):
            report.add("interaction-root", epoch, seq, "the interactions of this batch are not what was sealed")


# --- Deletion certificates ----------------------------------------------------------------------------
CERTIFICATE = "promptguard/erasure/v1\n"


def verify_certificate(text, pinned=(), bundle=None):
    """Findings about a deletion certificate, one report about its text and one about the bundle's chain.

    With a bundle of one organization: the certificate names that organization, the chain stood where it says, and
    the erasure was announced before. Raises ValueError or OSError when the bundle is none.
    """
    report = Report("certificate")
    said = _certificate_facts(text, report)
    records = json.loads(Bundle(bundle).read("keys.json")) if bundle else ()
    keys = Keyring(records, list(pinned))
    if keys.signer(text) is None:
        message = "altered, or not signed by a key that can be trusted"
        report.add("certificate-signature" if keys.trusted else "key-missing", 0, 0, message)
    if not bundle or not said:
        return [report]
    organization = json.loads(Bundle(bundle).read("manifest.json"))["organization"]
    places = [(int(epoch), int(seq), link) for org, epoch, seq, link in said["chain"] if org == organization]
    if not places:
        report.add("certificate-organization", 0, 0, "it says nothing about the organization of this bundle")
        return [report]
    marks = [("certificate", epoch, seq, None, link) for epoch, seq, link in places]
    found, walk = _verify_bundle(bundle, pinned, marks=marks)
    announced = [seq for epoch, seq, reason in walk.announced if reason == f"request {said['request']}"]
    found.counts["announced"] = len(announced)
    if not found.counts.get("certificates") and "certificate-ahead" not in found.codes():
        found.add("certificate-unchecked", *places[-1][:2], "the place it names was pruned, or is not in the bundle")
    return [report, found]


def _certificate_facts(text, report):
    """What it says, or None with a finding when that cannot be read."""
    facts = {"chain": [], "erased": []}
    try:
        for line in split_note(text)[0].removeprefix(CERTIFICATE).rstrip("\n").split("\n"):
            name, _, value = line.partition(" ")
            if name == "chain":
                org, epoch, seq, link = value.split(" ")
                facts["chain"].append((org, int(epoch), int(seq), bytes.fromhex(link).hex()))
            elif name in ("erased", "kept"):
                facts.setdefault(name, []).append(value)
            else:
                facts[name] = value
        report.counts = {"erased": sum(int(value.split(" ")[0]) for value in facts["erased"])}
        if not text.startswith(CERTIFICATE) or not facts["request"] or not facts["completed"]:
            raise ValueError
    except (ValueError, KeyError):
        report.add("certificate-malformed", 0, 0, "not a deletion certificate")
        return None
    if facts.get("rescan") != "0":
        report.add("certificate-incomplete", 0, 0, "the second look found something that was left")
    return facts


# --- A receiver's copy of a stream --------------------------------------------------------------------
CEF_FIELD = re.compile(r"(?:^|[\s|])(pg[A-Z][A-Za-z]*)=(\S*)")


def copied_records(text):
    """Records of a stored stream in any of our formats, each as its chain fields or as {"checkpoint": note}."""
    if text.startswith("org,"):
        for record in csv.DictReader(io.StringIO(text, newline="")):
            yield dict(record, checkpoint=record["checkpoint"].replace("\\n", "\n"))
        return
    for line in text.split("\n"):
        if line.lstrip().startswith("{"):
            record = json.loads(line)
            if "sourcetype" in record:
                record = record["event"]
            yield record.get("unmapped", record.get("promptguard", {})).get("audit", record)
        elif "CEF:0|" in line:
            fields = dict(CEF_FIELD.findall(line.partition("CEF:0|")[2]))
            names = {"pgOrg": "org", "pgEpoch": "epoch", "pgSeq": "seq", "pgSealed": "sealed_us"}
            names |= {"pgPrev": "prev", "pgHash": "hash", "pgEvent": "canonical", "pgCheckpoint": "checkpoint"}
            found = {names[key]: value for key, value in fields.items() if key in names}
            for key in ("canonical", "checkpoint"):
                if found.get(key):
                    found[key] = base64.urlsafe_b64decode(found[key] + "==").decode()
            yield found


def _canonical_of(record):
    if record.get("canonical"):
        return record["canonical"].encode()
    return json.dumps(record["event"], sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def verify_copy(text, pinned=(), after=(1, 0)):
    """Findings about a receiver's copy, one report for each organization; it should begin after (epoch, seq).

    Delivery is at least once: order does not matter, and the same record may come twice. Raises ValueError.
    """
    chains, notes = {}, {}
    for record in copied_records(text):
        if record.get("checkpoint"):
            notes.setdefault(parse_checkpoint(record["checkpoint"])["origin"].rsplit("/", 2)[1], set()).add(
                record["checkpoint"]
            )
            continue
        previous, link = bytes.fromhex(record["prev"]), bytes.fromhex(record["hash"])
        place = (int(record["epoch"]), int(record["seq"]), int(record["sealed_us"]))
        chains.setdefault(record["org"], set()).add((*place, previous, link, None, _canonical_of(record)))
    if not chains and not notes:
        raise ValueError("nothing in it is a record of ours")
    return [
        _verify_copied_chain(org, sorted(chains.get(org, ())), sorted(notes.get(org, ())), pinned, after)
        for org in sorted({*chains, *notes})
    ]


def _verify_copied_chain(org, rows, notes, pinned, after):
    report = Report(uuid.UUID(org))
    keys = Keyring(pinned=pinned)
    marks = [m for note in notes for m in note_marks(report, keys, report.organization, "checkpoint", None, note)]
    start = None
    if rows and after > (1, 0) and rows[0][:2] == (after[0], after[1] + 1):
        start = {"epoch": rows[0][0], "seq": rows[0][1] - 1, "previous": rows[0][3].hex(), "peaks": None}
    walk = ChainVerifier(report.organization, report, (), marks, start)
    walk.feed(rows)
    return walk.finish()


# --- Command line -------------------------------------------------------------------------------------
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", help="a bundle (directory or zip), a stored stream, or a certificate")
    parser.add_argument("--key", action="append", default=[], help="a verifier key that you trust: name+id+base64")
    parser.add_argument("--anchors", help="an anchor file that was kept elsewhere")
    parser.add_argument("--in", dest="within", help="for a certificate: the bundle of an organization that it names")
    parser.add_argument("--after", default="1.0", help="EPOCH.SEQ: a stored stream should begin after it")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    try:
        anchors = Path(options.anchors).read_text().rstrip("\n").split("\n") if options.anchors else []
        path = Path(options.bundle)
        if path.is_dir() or zipfile.is_zipfile(path):
            reports = [verify_bundle(path, options.key, anchors)]
        else:
            text = path.read_text()
            if options.within or text.startswith(CERTIFICATE):
                reports = verify_certificate(text, options.key, *([options.within] if options.within else []))
            else:
                epoch, seq = map(int, options.after.split("."))
                reports = verify_copy(text, options.key, (epoch, seq))
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"cannot be verified: {type(error).__name__}", file=sys.stderr)  # noqa: T201
        return USAGE
    if options.json:
        print(json.dumps([report.as_dict() for report in reports], indent=2))  # noqa: T201
    else:
        print("\n".join(itertools.chain.from_iterable(report.lines() for report in reports)))  # noqa: T201
    codes = {report.exit_code() for report in reports}
    return next((code for code in (TAMPERED, UNCHECKED, DECLARED) if code in codes), CLEAN)


if __name__ == "__main__":
    sys.exit(main())
