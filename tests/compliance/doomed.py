"""A worker that dies: `python -m tests.compliance.doomed REQUEST POINT` answers one request and is killed at a point.

Points are counted over every statement to the database, on either connection, and every file that is opened, renamed
or removed below the folder of exports. SIGKILL comes before the point's action; 0 dies never, and prints how many
points there were. Chunks are small, so that there are many.
"""

import os
import signal
import sys
from typing import Any
from uuid import UUID

import django

FILE_EVENTS = frozenset(
    {"open", "os.chmod", "os.mkdir", "os.remove", "os.rename", "os.truncate", "shutil.rmtree"}
)
ROWS_AT_ONCE = 2


class Points:
    def __init__(self, last: int, folder: str) -> None:
        self.last, self.folder, self.count = last, folder, 0

    def reach(self) -> None:
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(self, execute: Any, sql: Any, parameters: Any, many: bool, context: Any) -> Any:
        self.reach()
        return execute(sql, parameters, many, context)

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in FILE_EVENTS and str(arguments[0]).startswith(self.folder):
            self.reach()


def main(request_id: str, last: int) -> None:
    django.setup()
    from django.conf import settings
    from django.db import connections

    from compliance import erasure, notices, working
    from compliance.export import gathering

    erasure.erase_chunk.__defaults__ = (ROWS_AT_ONCE,)
    gathering.READ_AT_ONCE = ROWS_AT_ONCE
    points = Points(last, settings.EXPORT_FOLDER)
    sys.addaudithook(points.audit)
    with connections["default"].execute_wrapper(points.statement):  # noqa: SIM117
        with connections["sequencer"].execute_wrapper(points.statement):
            working.work_on(UUID(request_id))
            notices.tell_finished()
    sys.stdout.write(f"{points.count}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
