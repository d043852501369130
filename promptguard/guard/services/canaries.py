"""Planting canary tokens, so that a leaked prompt or document gives itself away."""

import secrets
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from promptguard.core.caller import Caller
from promptguard.core.crypto import seal
from promptguard.core.errors import Conflict
from promptguard.core.identifiers import uuid7
from promptguard.guard.engine import plant
from promptguard.guard.models import CanaryToken, canary_place
from promptguard.guard.policies import renew_policy
from promptguard.projects.models import Project

PREFIX = "pgc-"
# Each is looked for in every reading of every text.
MOST_CANARIES = 50


class CanaryExists(Conflict):
    code = "canary_exists"
    message = "This project has a canary of that name."


class TooManyCanaries(Conflict):
    code = "too_many_canaries"
    message = f"A project has at most {MOST_CANARIES} canaries: retire one first."


@dataclass(frozen=True, slots=True)
class Planted:
    """A canary with its token and, where a prompt was given, the prompt with the token in it; shown once."""

    canary: CanaryToken
    token: str
    prompt: str | None


def plant_canary(
    *, caller: Caller, project: Project, name: str, token: str | None = None, prompt: str | None = None
) -> Planted:
    """Watch for `token`, or for a new one, from the next request on. The prompt is not stored.

    Raises CanaryExists, TooManyCanaries.
    """
    Project.objects.for_caller(caller).select_for_update().get(id=project.id)
    if project.canaries.count() >= MOST_CANARIES:
        raise TooManyCanaries()
    word = token or PREFIX + secrets.token_hex(10)
    identifier = uuid7()
    try:
        with transaction.atomic():
            made = CanaryToken.objects.create_for(
                caller,
                id=identifier,
                project=project,
                name=name,
                sealed=seal(word.encode(), canary_place(identifier)),
                created_by_id=caller.actor.id,
            )
    except IntegrityError as error:
        raise CanaryExists() from error
    _tell(caller, made, Action.CANARY_PLANTED)
    return Planted(made, word, None if prompt is None else plant(prompt, word))


def retire_canary(*, caller: Caller, canary: CanaryToken) -> None:
    """Nobody looks for this token any more."""
    _tell(caller, canary, Action.CANARY_RETIRED)
    canary.delete()


def _tell(caller: Caller, canary: CanaryToken, action: Action) -> None:
    renew_policy(caller, canary.project_id)
    record(
        action,
        caller=caller,
        targets=[Target("project", canary.project_id), Target("canary", canary.id)],
        details={"name": canary.name},
    )
