"""The tests' own resolver: nothing is asked outside, and a name may change its mind (DNS rebinding)."""

from collections.abc import Sequence

RECEIVER = "127.0.0.77"
PUBLIC = "93.184.216.34"
ANSWERS: dict[str, list[Sequence[str]]] = {}


def resolve(host: str, port: int) -> Sequence[str]:
    """`*.example.com` is public, `receiver.test` is the tests' receiver; ANSWERS are given one after another."""
    if host in ANSWERS:
        answers = ANSWERS[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]
    if host == "receiver.test":
        return [RECEIVER]
    if host.endswith("example.com"):
        return [PUBLIC]
    raise OSError("unknown name")
