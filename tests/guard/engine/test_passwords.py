"""Passwords in prose and in lists of leaked accounts, and words beside "password" that are none."""

import pytest

from promptguard.guard.engine import Content, Decision, Message, Policy, Verdict, evaluate

POLICY = Policy.preset()


def judged(text: str) -> Verdict:
    return evaluate(Content((Message("user", text),)), POLICY)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("You get in with password Qr7!dke#39.", "Qr7!dke#39"),
        ("his password !Open4Dayz was in the file", "!Open4Dayz"),
        ("with password 'AtomicBomb9', and more", "AtomicBomb9"),
        ("and password \u201cWinterIsComing!$\u201d", "WinterIsComing!$"),
        ("the password 'Two Words9!' works", "Two Words9!"),
        ("Mein Passwort Sommer#24 nimmt er", "Sommer#24"),
        ("bob@corp.example / W!nter2024.", "W!nter2024"),
        ("bob@corp.example:hunter2!x\nann@corp.example:S3cret?now", "S3cret?now"),
        ("bob@corp.example | tr0ub4dor&3", "tr0ub4dor&3"),
    ],
)
def test_a_password_is_cut_out(text: str, value: str) -> None:
    verdict = judged(text)
    assert verdict.decision is Decision.REDACT
    assert verdict.redacted_messages is not None
    assert value not in verdict.redacted_messages[0]["content"]


@pytest.mark.parametrize(
    "text",
    [
        "A password must have 8 characters and one symbol!",
        "The password reset-link expires; a password Base64-encoded is not encrypted.",
        "Hash the password with Argon2id or PBKDF2-HMAC-SHA256.",
        "The 'password' field and the password \"field\" differ.",
        "I forgot my password! What now?",
        "Use password #1 tip: never reuse it!!!",
        "git clone git@github.com:acme/repo2.git",
        "scp me@host.example:/srv/Data!9 .",
        "Ask bob@corp.example: Really2 or not?",
        "Write to bob@corp.example / ann@corp.example",
    ],
)
def test_words_beside_it_are_none(text: str) -> None:
    assert [each.rule_id for each in judged(text).findings if each.detector == "secrets"] == []
