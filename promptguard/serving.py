"""How gunicorn serves: `gunicorn --config python:promptguard.serving promptguard.wsgi`."""

import os
import threading
from pathlib import Path
from typing import Any

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8080')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))

# A worker that hangs is replaced; one that is asked to stop finishes what it has begun.
timeout = 60
graceful_timeout = 30
# Longer than the balancer's own, or it would reuse a connection that has just been closed here.
keepalive = 75

# Workers tell the master that they live by touching a file: never on a disk that can stall.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
# It would be a socket in the home directory that nobody needs.
control_socket_disable = True


def child_exit(server: Any, worker: Any) -> None:
    """Take a dead worker's live gauges out of `/metrics`; its counters stay."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)


def post_worker_init(worker: Any) -> None:
    """Compile the detectors' patterns now, beside the first requests rather than inside one of them."""
    threading.Thread(target=warm_up, daemon=True).start()


def warm_up() -> None:
    from promptguard.guard.engine import Content, Message, evaluate
    from promptguard.guard.policies import preset

    evaluate(Content((Message("user", "Good morning"),)), preset("default", "moderate"))
