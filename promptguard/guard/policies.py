"""Which compiled policy a project runs under."""

from functools import lru_cache

from promptguard.guard.engine import Policy
from promptguard.projects.models import Project


@lru_cache(maxsize=256)
def preset(use_case: str, strictness: str) -> Policy:
    return Policy.preset(use_case, strictness)


def active_policy(project: Project) -> Policy:
    return preset(project.use_case, project.strictness_level)
