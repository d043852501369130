"""For tools that read the code and open no database: mypy's plugin, `check --deploy`."""

import base64
import os

KEY = base64.b64encode(bytes(32)).decode()

os.environ |= {
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "read-by-tools-only-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "JWT_SECRET": f"static:{KEY}",
    "ENCRYPTION_KEY": f"static:{KEY}",
    "DATABASE_URL": "postgresql://nobody@localhost/nothing",
}

from promptguard.settings import *
