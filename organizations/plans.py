"""What each plan allows (contract, section 4). None means as much as the installation can do."""

from dataclasses import dataclass

from promptguard.core.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Plan:
    """`is_hard` plans refuse requests over the monthly allowance, the others only count them."""

    name: str
    requests_per_month: int | None
    is_hard: bool
    requests_per_minute: int | None
    projects: int | None
    api_keys: int | None
    retention_days: int | None


PLANS = {
    plan.name: plan
    for plan in (
        Plan("free", 10_000, True, 60, 1, 1, 1),
        Plan("pro", 100_000, True, 120, 5, 5, 7),
        Plan("scale", 1_000_000, False, 300, None, None, 30),
        Plan("enterprise", None, False, None, None, None, None),
    )
}
# Whoever runs PromptGuard has what the machine gives.
DEFAULT_PLAN = "enterprise"


class PlanLimit(Forbidden):
    code, type = "plan_limit_reached", "plan_limit"
    message = "Your plan allows no more of these."


def require_room(plan: Plan, kind: str, limit: int | None, used: int) -> None:
    """Raises PlanLimit when `used` of `kind` are all that the plan allows."""
    if limit is not None and used >= limit:
        raise PlanLimit(f"The {plan.name} plan allows {limit} {kind}.", current_plan=plan.name)
