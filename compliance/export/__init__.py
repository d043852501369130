"""Access (GDPR Art. 15 and 20): everything the registry knows about somebody, streamed into a package.

`sections` says what there is, page by page; `gathering` writes the pages into files and goes on where it was
interrupted; `package` makes the ZIP of them. Memory stays flat whatever the number of rows.
"""

from compliance.export.document import document, size
from compliance.export.gathering import Gathering
from compliance.export.package import SCHEMA_VERSION, pack, write_package

__all__ = ["SCHEMA_VERSION", "Gathering", "document", "pack", "size", "write_package"]
