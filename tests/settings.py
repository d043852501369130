"""The product's settings over a database and secrets of the tests' own; nothing of a developer's is read."""

import base64
import os

from tests.servers import ensure_database, ensure_folder, ensure_valkey

KEY = base64.b64encode(bytes(range(32))).decode()

os.environ |= {
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "only-for-tests-" + "x" * 50,
    "JWT_SECRET": f"test:{KEY}",
    "ENCRYPTION_KEY": f"test:{KEY}",
    "AUDIT_SEALING": "inline",
    "LOG_LEVEL": "ERROR",
    "REDIS_URL": "",
    "SSO_DNS_SERVERS": "127.0.0.1:1",
}
os.environ |= ensure_database()
os.environ |= ensure_valkey()
os.environ |= ensure_folder()

from promptguard.settings import *

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
# No name is looked up for real: the tests' own resolver knows a few, and two receivers live on loopback.
OUTBOUND_RESOLVER = "tests.webhooks.names.resolve"
OUTBOUND_ALLOWED_CIDRS = ["127.0.0.77/32"]
# Argon2 takes 100 MiB and 0.1 s for each person in the tests; its parameters have a test of their own.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
