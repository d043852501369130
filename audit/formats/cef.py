"""CEF:0 inside RFC 5424 syslog lines. The canonical bytes travel as base64: nothing in them needs escaping."""

import base64
import re
from typing import Any

VENDOR = "CEF:0|PromptGuard|Enterprise|1"
SEVERITIES = {"info": 2, "notice": 4, "warning": 6, "critical": 9}
# RFC 5424: facility 13 (log audit), severity from informational to critical.
PRIORITIES = {"info": 13 * 8 + 6, "notice": 13 * 8 + 5, "warning": 13 * 8 + 4, "critical": 13 * 8 + 2}
HEADER_SPECIAL, VALUE_SPECIAL = re.compile(r"([\\|])"), re.compile(r"([\\=])")


def event(record: Any) -> str:
    said, chain = record.said, record.chain()
    fields = {
        "rt": record.sealed_us // 1000,
        "externalId": said["id"],
        "outcome": said["outcome"],
        "suid": said["actor"]["ref"],
        "pgOrg": chain["org"],
        "pgEpoch": chain["epoch"],
        "pgSeq": chain["seq"],
        "pgSealed": chain["sealed_us"],
        "pgPrev": chain["prev"],
        "pgHash": chain["hash"],
        "pgEvent": _packed(record.canonical),
    }
    name = f"{_header(said['type'])}|{_header(record.sentence)}|{SEVERITIES.get(said['severity'], 5)}"
    return _syslog(PRIORITIES.get(said["severity"], 110), said["at"], said["id"], f"{VENDOR}|{name}|{_extension(fields)}")


def checkpoint(note: str) -> str:
    fields = {"pgCheckpoint": _packed(note.encode())}
    return _syslog(110, "-", "-", f"{VENDOR}|audit.checkpoint|A signed checkpoint|2|{_extension(fields)}")


def _syslog(priority: int, at: str, message_id: str, text: str) -> str:
    return f"<{priority}>1 {at} - promptguard - {message_id[:32]} - {text}\n"


def _header(text: str) -> str:
    return HEADER_SPECIAL.sub(r"\\\1", text.replace("\n", " ").replace("\r", " "))


def _extension(fields: dict[str, Any]) -> str:
    return " ".join(f"{name}={_value(str(value))}" for name, value in fields.items())


def _value(text: str) -> str:
    return VALUE_SPECIAL.sub(r"\\\1", text).replace("\n", r"\n").replace("\r", r"\r")


def _packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
