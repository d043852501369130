"""`python -m promptguard.core.quickstart`: start everything here, say where it is, stop it together."""

import errno
import sys

from promptguard.core.quickstart.failure import CannotStart
from promptguard.core.quickstart.processes import Stopped
from promptguard.core.quickstart.start import start


def main() -> int:
    """The exit code: 0 after Ctrl-C or SIGTERM, 1 when something would not start or did not stay."""
    try:
        start()
    except (Stopped, KeyboardInterrupt):
        print("\nPromptGuard has stopped.")
        return 0
    except CannotStart as error:
        reason = str(error)
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        reason = f"{error.strerror or error}{place}"
        reason += "; make room and try again" if error.errno == errno.ENOSPC else ""
    else:
        return 0
    print(f"PromptGuard cannot run: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
