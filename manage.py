#!/usr/bin/env python
"""The door for operators: `python manage.py help` lists what it can do."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promptguard.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, OperationalError) as error:
        # An operator needs the sentence, not the stack; PROMPTGUARD_TRACEBACK=1 gives both.
        if os.environ.get("PROMPTGUARD_TRACEBACK"):
            raise
        sys.exit(f"{type(error).__name__}: {error}".strip())


if __name__ == "__main__":
    main()
