"""`python -m promptguard.demo var/demo.json http://127.0.0.1:8080`"""

import os
import sys
from pathlib import Path

import django


def main(path: str, base_url: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promptguard.settings")
    django.setup()
    from promptguard.demo.seeding import seed

    seed(Path(path), base_url)


if __name__ == "__main__":
    main(*sys.argv[1:])
