"""`var/demo.json`: what a person, or a script, needs to try the demo. Its secrets are in no other place."""

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Sheet:
    path: Path
    content: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Sheet":
        """The sheet of an earlier start; empty when there is none, or when it is not JSON any more."""
        try:
            content = json.loads(path.read_text())
        except (FileNotFoundError, ValueError):
            content = {}
        return cls(path, content if isinstance(content, dict) else {})

    @property
    def passwords(self) -> dict[str, str]:
        """What is written down, by e-mail address."""
        people = [*self.content.get("users", []), self.content.get("operator", {})]
        return {person["email"]: person["password"] for person in people if "email" in person}

    def password(self, email: str) -> str:
        """The password written down for `email`, else a new one, from now on written down."""
        if email not in self.passwords:
            person = {"email": email, "password": secrets.token_urlsafe(12)}
            self.content.setdefault("users", []).append(person)
        return self.passwords[email]

    @property
    def api_key(self) -> str:
        return str(self.content.get("api_key", ""))

    def write(self) -> None:
        """Replace the file in one motion; only this user may read it."""
        draft = self.path.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            json.dump(self.content, handle, indent=2)
            handle.write("\n")
        draft.replace(self.path)
