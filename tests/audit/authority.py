"""A time-stamping authority of the tests' own: `openssl ts` behind a function."""

import subprocess
import tempfile
from pathlib import Path

CONFIGURATION = """
[req]
distinguished_name = name
prompt = no
[name]
CN = Test
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[stamping]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = critical, timeStamping
keyUsage = critical, digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/certificate.pem
signer_key = {folder}/key.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""


class TimeStampAuthority:
    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="tsa-"))
        self._configuration = self._folder / "openssl.cnf"
        self._configuration.write_text(CONFIGURATION.format(folder=self._folder))
        (self._folder / "serial").write_text("01\n")
        key = ("-newkey", "rsa:2048", "-nodes", "-days", "2")
        root, stamp = f"{self._folder}/root", f"{self._folder}/certificate"
        self._openssl(
            "req", "-x509", *key, "-extensions", "authority", "-subj", "/CN=Test root", "-keyout", f"{root}.key", "-out", f"{root}.pem"
        )  # fmt: skip
        self._openssl(
            "req", "-x509", *key, "-extensions", "stamping", "-subj", "/CN=Test TSA", "-CA", f"{root}.pem", "-CAkey", f"{root}.key",
            "-keyout", f"{self._folder}/key.pem", "-out", f"{stamp}.pem",
        )  # fmt: skip
        self.roots = f"{root}.pem"

    def answer(self, _url: str, query: bytes) -> bytes:
        """What an authority sends back for a time-stamp query."""
        asked, answered = self._folder / "query.tsq", self._folder / "answer.tsr"
        asked.write_bytes(query)
        self._openssl("ts", "-reply", "-section", "here", "-queryfile", str(asked), "-out", str(answered))
        return answered.read_bytes()

    def _openssl(self, command: str, *arguments: str) -> None:
        flags = ["-config", str(self._configuration)]
        subprocess.run(["openssl", command, *arguments, *flags], check=True, capture_output=True)
