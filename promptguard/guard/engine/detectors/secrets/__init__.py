"""Credentials: API keys, tokens, passwords and private keys, by issuer format or by name, structure and
entropy.
"""

from promptguard.guard.engine.detectors.secrets.scanner import SecretHit, find_secrets, scan_secrets

__all__ = ["SecretHit", "find_secrets", "scan_secrets"]
