"""The container's health check: `python -m promptguard.core.probe` exits 0 when the process here answers."""

import os
import sys
import urllib.request
from urllib.parse import urlsplit


def is_alive(port: str, public_url: str) -> bool:
    """Ask this machine, but under the name that ALLOWED_HOSTS knows."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/health/live")
    if name := urlsplit(public_url).netloc:
        request.add_header("Host", name)
    try:
        with urllib.request.urlopen(request, timeout=2) as response:  # noqa: S310
            return bool(response.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(
        not is_alive(os.environ.get("PORT", "8080"), os.environ.get("PUBLIC_URL", "http://127.0.0.1:8080"))
    )
