"""Write everything about one person, end user or organization into a ZIP: the answer to a request by letter."""

import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from audit.actions import Action
from audit.services import record
from compliance import export
from compliance.management.subject_command import SubjectCommand
from compliance.subjects import Person
from promptguard.core.caller import command_caller
from promptguard.core.tenancy import platform_scope


class Command(SubjectCommand):
    help = "Export everything about one person, end user or organization (GDPR Art. 15)."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--output", type=Path, default=Path("subject-export.zip"))

    def handle(self, *args: Any, **options: Any) -> None:
        subject, output = self.subject(options), options["output"]
        count = export.size(subject)
        if options["dry_run"]:
            self.tell(options, f"{count} rows", would_export=count)
            return
        chain = None if isinstance(subject, Person) else subject.organization_id
        with platform_scope():
            record(Action.DATA_EXPORT_REQUESTED, caller=command_caller(chain), details={"rows": count})
        folder, partial = output.with_name(f"{output.name}.work"), output.with_name(f"{output.name}.partial")
        try:
            gathering = export.Gathering(subject, folder)
            gathering.run(lambda: self.show_progress(sum(gathering.rows.values()), count))
            partial.touch(mode=0o600)
            written = export.pack(subject, gathering, partial)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        partial.replace(output)
        self.tell(
            options, f"{written} rows written to {output}", rows=written, sections=gathering.rows, file=output
        )
