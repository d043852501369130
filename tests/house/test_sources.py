"""Rules about the sources themselves: who may reach over the tenants' wall, who may import whom."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("promptguard", "organizations", "audit", "compliance", "sso")

# Every function, or whole module, that reads across tenants, and why it must.
ACROSS_TENANTS = {
    "audit": "the verifier and the operators' commands walk over chains, each filtered by its organization",
    "organizations.access_tokens.live_access_token": "before a token is known, so is its organization",
    "organizations.access_tokens.note_use": "the token was recognised at the door, outside any scope",
    "organizations.second_factor.disable_second_factor": "any of a person's organizations may require it",
    "compliance": "a person's data lies in several organizations; every query is filtered by that person",
    "promptguard.guard.privacy": "erasure looks in every organization that knows the person, and names them",
    "organizations.selectors.memberships_of": "a person's own memberships lie in several organizations",
    "organizations.selectors.organizations_of": "a person's own organizations",
    "organizations.selectors.project_permissions": "asked at the door, before the scope is open",
    "organizations.services.invitations.previewed_invitation": "whoever holds the link is not a member yet",
    "promptguard.demo.seeding.describe_people": "the demo lists the people of both its organizations",
    "promptguard.guard.services.vault.sweep_expired": "the hourly sweep forgets what nobody may restore any more",
    "promptguard.projects.rotation.warn_expiring_keys": "the daily sweep; each warning has its own scope",
    "promptguard.projects.selectors.api_key_by_public_id": "before a key is known, so is its organization",
    "promptguard.webhooks.claims.claim_due": "one dispatcher serves every organization, in turn",
    "promptguard.webhooks.dispatch": "backlog and retention of the whole installation",
    "promptguard.webhooks.following": "one sweep over the chains of every organization with a webhook",
    "promptguard.webhooks.siem": "one worker pushes every organization's chain, each by its own cursor",
    "promptguard.webhooks.witnessing": "one sweep over the newest checkpoint of every organization with a webhook",
    "promptguard.webhooks.settling": "the attempts of one moment belong to many organizations",
    "promptguard.projects.services.note_use": "the key was recognised at the door, outside any scope",
    "sso.selectors": "before a sign-in is known, so is its organization; domains have one owner among all",
    "sso.services": "sessions and daily rounds are found before their organization is",
}
DECLARING = ("promptguard.core.tenancy",)


def test_only_listed_functions_reach_across_tenants() -> None:
    used = {place for place in _uses("all_tenants") if not place.startswith(DECLARING)}
    listed = {place: next((name for name in ACROSS_TENANTS if _within(place, name)), None) for place in used}
    assert [place for place, name in listed.items() if name is None] == []
    assert set(listed.values()) == set(ACROSS_TENANTS)


def _within(place: str, name: str) -> bool:
    return place == name or place.startswith(name + ".")


def test_the_floors_hold() -> None:
    lint_imports = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run(
        [lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


def _uses(attribute: str) -> Iterator[str]:
    """`module.function` of each place that mentions `.attribute`."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield from _uses_in(ast.parse(path.read_text()), module, attribute)


def _uses_in(node: ast.AST, place: str, attribute: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        inner = f"{place}.{child.name}" if named else place  # type: ignore[attr-defined]
        if isinstance(child, ast.Attribute) and child.attr == attribute:
            yield inner
        yield from _uses_in(child, inner, attribute)
