"""Erasure (GDPR Art. 17): announced in every chain first, then chunk by chunk, then looked for again, then certified.

Each chunk and its count are one transaction, so a worker may be killed anywhere and the next one goes on. Rows that
others write meanwhile are found by the second look, and taken in another pass.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q

from audit.actions import Action
from audit.erasure import Held, announce_erasure, carry_out_erasures
from audit.models import PLATFORM_ORGANIZATION_ID, DataSubject
from audit.services import record
from compliance import packages
from compliance.holdings import (
    anonymous_values,
    erasure_order,
    mentioning_rows,
    organization_rows,
    own_rows,
    referring_rows,
    without_mentions,
    without_reference,
)
from compliance.holds.selectors import are_held
from compliance.models import ERASED, PrivacyRequest
from compliance.subjects import Person, Subject
from promptguard.core.caller import system_caller
from promptguard.core.privacy import Erasure, Holding, traces
from promptguard.core.tenancy import organization_scope, platform_scope

CHUNK = 1000
KEYS = "audit keys"
# What the announcement is called in `PrivacyRequest.position`; names of steps follow it.
ANNOUNCED = "announced"


class Waiting(Exception):
    """Something must happen elsewhere first (an event must be sealed); come back later."""


@dataclass(frozen=True, slots=True)
class Step:
    """One set of rows, and what is done to a chunk of it: deleted, or (`values`) updated."""

    name: str
    rows: Callable[[], models.QuerySet[Any]]
    values: Callable[[], dict[str, Any]] | None = None

    def apply(self, after: str, limit: int) -> tuple[int, str]:
        """Do the next chunk behind the primary key `after`; how many rows, and the last key."""
        waiting = self.rows().order_by("pk")
        waiting = waiting.filter(pk__gt=after) if after else waiting
        keys = list(waiting.values_list("pk", flat=True)[:limit])
        chunk = self.rows().model._base_manager.filter(pk__in=keys)
        if self.values is None:
            chunk.delete()
        else:
            chunk.update(**self.values())
        return len(keys), str(keys[-1]) if keys else ""


def steps(subject: Subject) -> Iterator[Step]:
    """Everything to do, in an order that no foreign key objects to."""
    for holding in erasure_order():
        if isinstance(subject, Person):
            yield from _person_steps(holding, subject)
        elif not subject.closing and holding.erasure is not Erasure.RETAIN:
            yield _own_step(holding, subject)
        if subject.closing:
            yield _organization_step(holding, subject.closing)


def _person_steps(holding: Holding, person: Person) -> Iterator[Step]:
    if holding.reference:
        name = f"{holding.model}.{holding.reference}"
        yield Step(name, lambda: referring_rows(holding, person), lambda: without_reference(holding))
    if holding.mentions:
        name = f"{holding.model}.{holding.mentions}"
        yield Step(name, lambda: mentioning_rows(holding, person), lambda: without_mentions(holding, person))
    if holding.erasure is not Erasure.RETAIN and not holding.mentions:
        yield _own_step(holding, person)


def _own_step(holding: Holding, subject: Subject) -> Step:
    is_kept = holding.erasure is Erasure.ANONYMISE
    return Step(
        holding.model,
        lambda: own_rows(holding, subject),
        (lambda: anonymous_values(holding)) if is_kept else None,
    )


def _organization_step(holding: Holding, organizations: tuple[UUID, ...]) -> Step:
    name = f"{holding.model} of closed organizations"
    return Step(name, lambda: organization_rows(holding, organizations))


def planned(subject: Subject) -> dict[str, int]:
    """How many rows each step will touch."""
    with platform_scope():
        counts = {step.name: step.rows().count() for step in steps(subject)}
    return {name: count for name, count in counts.items() if count}


def announce(request: PrivacyRequest, subject: Subject) -> int:
    """Before the first destructive statement: each chain that knows the people says what will happen; how many.

    Raises audit.erasure.Held under a legal hold in any of them.
    """
    if are_held(subject.organizations, subject.known.labels):
        raise Held()
    people = set(_pseudonyms(subject).values_list("organization_id", "user_id"))
    # Where nobody has a pseudonym there is nothing to announce, but a hold counts all the same.
    places = people | {(organization_id, subject.id) for organization_id in subject.organizations}
    for organization_id, user_id in sorted(places):
        with organization_scope(organization_id):
            caller = system_caller(organization_id)
            announce_erasure(caller=caller, user_id=user_id, reason=f"request {request.id}")
    return len(people)


def _pseudonyms(subject: Subject) -> models.QuerySet[DataSubject]:
    """In whose chains the people have a key that is still alive."""
    everybody = DataSubject.all_tenants
    return everybody.none() if subject.chains is None else everybody.filter(subject.chains)


def clear_traces(request: PrivacyRequest, subject: Subject) -> None:
    """Files, packages and tokens; before the rows that lead to them go."""
    for trace in traces():
        with platform_scope():
            trace.erase(subject.known)
    for other in _requests_with_packages(request, subject):
        packages.discard(other)
        other.save(update_fields=["package", "link_hash", "link_expires_at"])
    for other in _requests_about(request, subject):
        packages.discard(other)
        other.state = PrivacyRequest.State.CANCELLED if other.state in PrivacyRequest.OPEN else other.state
        other.subject_id, other.subject = ERASED, None
        other.save()


def _requests_about(request: PrivacyRequest, subject: Subject) -> models.QuerySet[PrivacyRequest]:
    about = Q(subject_id=subject.id) | Q(organization_id__in=subject.closing)
    return PrivacyRequest.objects.filter(about).exclude(Q(id=request.id) | Q(subject_id=ERASED))


def _requests_with_packages(request: PrivacyRequest, subject: Subject) -> models.QuerySet[PrivacyRequest]:
    """Packages of whole organizations hold the subject's rows too; whoever asked for them may ask again."""
    exports = PrivacyRequest.objects.filter(kind=PrivacyRequest.Kind.EXPORT).exclude(package="")
    return exports.filter(organization_id__in=subject.organizations)


def erase_chunk(request: PrivacyRequest, subject: Subject, limit: int = CHUNK) -> bool:
    """Do and count one chunk in the caller's transaction, from where the last one ended; False at the end."""
    after, found = request.resume.get("after", ""), request.position == ANNOUNCED
    for step in steps(subject):
        found = found or step.name == request.position
        if not found:
            continue
        done, last = step.apply(after if step.name == request.position else "", limit)
        if done:
            request.counts[step.name] = request.counts.get(step.name, 0) + done
            request.position, request.resume["after"] = step.name, last
            return True
    return False


def destroy_keys(request: PrivacyRequest, subject: Subject) -> None:
    """Crypto-shredding: the values in the chains become noise. Raises Waiting until the announcement is sealed."""
    carry_out_erasures()
    with platform_scope():
        if _pseudonyms(subject).exists():
            raise Waiting("the announcement has not been sealed yet, or a legal hold came after it")


def remains(request: PrivacyRequest, subject: Subject) -> dict[str, int]:
    """A second look: every set again, every trace, and every pseudonym."""
    with platform_scope():
        found = {step.name: step.rows().count() for step in steps(subject)}
        found |= {trace.name: trace.remaining(subject.known) for trace in traces()}
        found[KEYS] = _pseudonyms(subject).count()
        found["requests"] = _requests_about(request, subject).count()
        found["packages"] = _requests_with_packages(request, subject).count()
    return {name: count for name, count in found.items() if count}


def chains_of(subject: Subject) -> tuple[UUID, ...]:
    """The chains that the certificate names the state of."""
    return (*subject.organizations, PLATFORM_ORGANIZATION_ID)


def note_done(request: PrivacyRequest) -> None:
    details = {"request_id": str(request.id), "counts": request.counts}
    record(Action.ERASURE_COMPLETED, caller=system_caller(), details=details)
    if request.organization_id:
        record(Action.ERASURE_COMPLETED, caller=system_caller(request.organization_id), details=details)
