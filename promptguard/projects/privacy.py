"""What this room knows about people."""

from promptguard.core.privacy import Erasure, Holding, declare

declare(
    Holding(
        "projects.Project",
        purpose="A protected application",
        impersonal=("name", "description", "fail_mode", "use_case", "strictness_level", "content_mode"),
        exported=("id", "name", "created_at"),
        erasure=Erasure.RETAIN,
        ground="It belongs to the customer, not to the person who made it.",
    ),
    Holding(
        "projects.ApiKey",
        purpose="An application's credential",
        reference="created_by_id",
        section="api_keys",
        impersonal=("name", "public_id", "secret_hash", "previous_secret_hash", "scopes", "allowed_cidrs"),
        exported=("id", "name", "scopes", "created_at", "last_used_at", "expires_at"),
        erasure=Erasure.ANONYMISE,
        ground="Applications depend on it; the person's id is cut off, the key stays the customer's.",
    ),
    Holding(
        "projects.AccessRule",
        purpose="Who may use a project through the guard",
        reference="created_by_id",
        label="value",
        personal=("value", "note"),
        impersonal=("list", "target_type"),
        exported=("id", "list", "target_type", "value", "note", "created_at"),
        ground="A rule that names the person goes; of one that the person made for somebody else, only who made it.",
    ),
)
