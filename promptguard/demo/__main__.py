"""`python -m promptguard.demo var/demo.json http://127.0.0.1:8080`"""

import os
import sys
from pathlib import Path

import django


def main(path: str, base_url: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promptguard.settings")
    django.setup()
    from django.core.management import call_command

    from promptguard.demo.seeding import seed

    # In one process with the demo: loading Django takes longer than finding that no migration is missing.
    call_command("migrate")
    seed(Path(path), base_url)


if __name__ == "__main__":
    main(*sys.argv[1:])
