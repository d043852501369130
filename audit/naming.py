"""What organizations are called. A higher floor knows, and says so when it starts; here they are numbers."""

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from audit.models import PLATFORM_ORGANIZATION_ID

PLATFORM = "platform"
Slugs = Callable[[Iterable[UUID]], Mapping[UUID, str]]
Find = Callable[[str], UUID | None]
_sources: list[tuple[Slugs, Find]] = []


def register(slugs: Slugs, find: Find) -> None:
    """`slugs` names organizations, `find` is its inverse; both may be asked inside any scope that sees all."""
    _sources[:] = [(slugs, find)]


def names(organizations: Iterable[UUID]) -> dict[UUID, str]:
    """A name for each: its slug, or its id where it has none any more."""
    wanted = set(organizations)
    known = {each: slug for slugs, _find in _sources for each, slug in slugs(wanted).items()}
    return {each: str(each) for each in wanted} | known | {PLATFORM_ORGANIZATION_ID: PLATFORM}


def identifier(name: str) -> UUID | None:
    """The organization behind an id, a slug or `platform`; None where there is none."""
    if name == PLATFORM:
        return PLATFORM_ORGANIZATION_ID
    try:
        return UUID(name)
    except ValueError:
        return next((found for _slugs, find in _sources if (found := find(name)) is not None), None)
