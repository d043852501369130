"""One organization's chain into a file, in whatever form was asked for."""

from typing import IO
from uuid import UUID

from audit.bundles import BundleWriter
from audit.formats import stream


def write(organization_id: UUID, file: IO[bytes], name: str, *, epoch: int = 0, after: int = 0) -> None:
    """A bundle, or the lines of a stream format from (epoch, after) on."""
    if name == "bundle":
        BundleWriter(organization_id, file).write()
        return
    for line in stream(organization_id, name, epoch=epoch, after=after):
        file.write(line.encode())
