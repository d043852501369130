"""What people say about decisions, and decisions taken out of the house."""

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from promptguard.core.caller import Caller
from promptguard.guard.models import Feedback, Interaction


def give_feedback(*, caller: Caller, interaction: Interaction, judgement: str, note: str = "") -> Feedback:
    """Store whether the guard was right. The note is personal and stays out of the chain."""
    given = Feedback.objects.create_for(
        caller, interaction=interaction, judgement=judgement, note=note, author_id=caller.actor.id
    )
    record(
        Action.INTERACTION_REVIEWED,
        caller=caller,
        targets=[Target("interaction", interaction.id)],
        details={"judgement": judgement, "decision": interaction.decision},
    )
    return given


FILTERS = frozenset(
    {"project_id", "flagged_only", "search", "days", "decision", "threat_type", "end_user", "from", "to"}
)


def note_export(*, caller: Caller, shape: str, filters: list[str]) -> None:
    """Say in the chain that the log left the house, and which part of it."""
    record(
        Action.INTERACTIONS_EXPORTED,
        caller=caller,
        details={"format": shape, "filters": sorted(set(filters) & FILTERS)},
    )
