"""A certified provider (npm `oidc-provider`) in a process of its own: started, stopped, given another key."""

import hashlib
import json
import secrets
import shutil
import subprocess
import tempfile
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import fasteners
import pytest
from joserfc.jwk import ECKey, RSAKey

from tests.e2e.serving import ROOT, Output, free_port

SOURCES = Path(__file__).with_name("provider")
INSTALL_SECONDS = 180
KID = "the-one-key"


@cache
def installed() -> Path:
    """The folder with the provider and its packages, by the lock's hashes; outside of the sources. Skips without npm."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    files = sorted(path for path in SOURCES.iterdir() if path.is_file())
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]
    target = ROOT / "build" / f"provider-{digest}"
    target.parent.mkdir(exist_ok=True)
    with fasteners.InterProcessLock(target.with_suffix(".lock")):
        if not target.exists():
            shutil.move(_install(npm, files, Path(tempfile.mkdtemp(dir=target.parent))), target)
    return target


def _install(npm: str, files: list[Path], draft: Path) -> Path:
    for path in files:
        shutil.copy(path, draft)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    done = subprocess.run(
        command, cwd=draft, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS
    )
    if done.returncode:
        shutil.rmtree(draft)
        pytest.skip("npm cannot install the provider; is there a network?")
    return draft


def new_key(algorithm: str) -> dict[str, Any]:
    """A private JWK; every one has the same name."""
    named: Any = {"kid": KID, "use": "sig", "alg": algorithm}
    made = (
        RSAKey.generate_key(2048, named, private=True)
        if algorithm == "RS256"
        else ECKey.generate_key("P-256", named, private=True)
    )
    return dict(made.as_dict(private=True))


@dataclass
class CertifiedProvider(AbstractContextManager["CertifiedProvider"]):
    """Signs with one algorithm, and knows one client: the organization `slug` of the service at `service_url`."""

    algorithm: str
    service_url: str
    slug: str
    port: int = field(default_factory=free_port)
    key: dict[str, Any] = field(default_factory=dict)
    client_secret: str = field(default_factory=secrets.token_urlsafe)
    process: subprocess.Popen[str] | None = None
    said: Output | None = None

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def client(self) -> dict[str, Any]:
        doors = f"{self.service_url}/dashboard/auth/sso/{self.slug}"
        return {
            "client_id": "promptguard",
            "client_secret": self.client_secret,
            "redirect_uris": [f"{doors}/callback"],
            "post_logout_redirect_uris": [f"{doors}/logout"],
            "backchannel_logout_uri": f"{doors}/backchannel",
            "backchannel_logout_session_required": True,
            "id_token_signed_response_alg": self.algorithm,
        }

    def __enter__(self) -> Self:
        self.key = self.key or new_key(self.algorithm)
        self.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        told = {
            "issuer": self.issuer,
            "port": self.port,
            "algorithm": self.algorithm,
            "key": self.key,
            "client": self.client,
            "secret": self.client_secret,
        }
        self.process = subprocess.Popen(
            ["node", "server.js"],
            cwd=installed(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = Output(self.process)
        assert self.process.stdin is not None
        with self.process.stdin as door:
            json.dump(told, door)
        self.said.wait_for("Listening at: ")

    def stop(self) -> None:
        """It forgets its sessions: they are in its memory."""
        if self.process is not None and self.said is not None:
            self.process.terminate()
            self.said.finish()
            assert self.process.stderr is not None
            self.process.stderr.close()
            self.process = None

    def change_key(self) -> None:
        """A restart with another key under the same name."""
        self.stop()
        self.key = new_key(self.algorithm)
        self.start()
