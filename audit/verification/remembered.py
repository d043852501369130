"""Where the last clean and anchored run stopped: a file beside the anchors, out of reach of whoever owns the database."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from audit.promptguard_verify import ChainVerifier, Report

State = dict[str, Any]


class RememberingWalk(ChainVerifier):
    """Notes each place at which the chain was what an anchor says."""

    def __init__(self, organization: UUID, report: Report, prunes: Any, marks: Any, start: State | None) -> None:
        self._reached: State | None = None
        super().__init__(organization, report, prunes, marks, start)
        self._first_class: str = self.retention_class

    def _compare(self, size: int) -> None:
        super()._compare(size)
        tree: Any = self.tree
        if tree is None or not any(kind == "anchor" for kind, _root, _head in self._expected[size]):
            return
        peaks = [peak.hex() for peak in tree.peaks]
        self._reached = {"epoch": self.epoch, "seq": self.seq, "previous": self.link.hex(), "peaks": peaks}

    def anchored_state(self) -> State | None:
        """What `ChainVerifier` needs in order to go on from the last anchor, if the walk met any."""
        if self._reached is None:
            return None
        place = (self._reached["epoch"], self._reached["seq"])
        kept = [chosen for at, chosen in sorted(self.classes.items()) if at <= place]
        return self._reached | {"class": kept[-1] if kept else self._first_class}


def state_file() -> Path:
    return Path(settings.AUDIT_ANCHOR_FILE).with_name("audit-verified")


def recall() -> dict[UUID, State]:
    """Organization → state; nothing where there is no file, or none that can be read: then everything is verified."""
    try:
        return {UUID(name): state for name, state in json.loads(state_file().read_text()).items()}
    except (OSError, ValueError, AttributeError):
        return {}


def remember(states: dict[UUID, State]) -> None:
    """Add `states` to the file, which is replaced as a whole."""
    path = state_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    known = {str(each): state for each, state in (recall() | states).items()}
    partial.write_text(json.dumps(known))
    partial.replace(path)
