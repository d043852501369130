"""The kernel's own rows."""

from promptguard.core.jobs.models import Job

__all__ = ["Job"]
