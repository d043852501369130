"""`COMPLIANCE_MODE=strict`: rules that no organization can loosen. README, "Compliance mode", lists what it changes."""

from django.conf import settings

STANDARD, STRICT = "standard", "strict"
MODES = (STANDARD, STRICT)

# The longest life of an API key (PCI DSS 8.6.3 asks for rotation, most auditors for a quarter).
LONGEST_KEY_LIFE_DAYS = 90
# The shortest time that audit events are kept (PCI DSS 10.5.1: twelve months).
SHORTEST_AUDIT_DAYS = 365


def is_strict() -> bool:
    return bool(settings.COMPLIANCE_MODE == STRICT)
