"""What an organization's directory tells us over SCIM 2.0 (RFC 7643), and its credentials and log."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from organizations.models import User
from promptguard.core.tenancy import TenantModel


class DirectoryToken(TenantModel):
    """The bearer token of one organization's directory, kept as a hash. A new one lets the old run out."""

    OVERLAP = timedelta(hours=24)
    LIFETIME = timedelta(days=365)
    PREFIX = "pgd_"

    token_hash = models.BinaryField(unique=True)
    prefix = models.CharField(max_length=12)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.prefix

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


class DirectoryUser(TenantModel):
    """A SCIM User. `user` is set once it stands for an account, which needs a verified domain."""

    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    user_name = models.CharField(max_length=254)
    external_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001  absent is not empty
    is_active = models.BooleanField(default=True)
    given_name = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001
    family_name = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001
    formatted_name = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001
    display_name = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001
    # The directory's own list, which we only keep and give back; the one acted upon is `address`.
    emails = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    modified_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint("organization", Lower("user_name"), name="one_directory_user_per_name")
        ]

    def __str__(self) -> str:
        return f"directory user {self.id}"

    @property
    def address(self) -> str:
        """The address that says who this is: the primary, else the first e-mail, else a user name that is one."""
        listed = sorted(self.emails, key=lambda each: not each.get("primary"))
        found = next((each["value"] for each in listed if each.get("value")), self.user_name)
        return str(found).strip().lower() if "@" in str(found) else ""


class DirectoryGroup(TenantModel):
    """A SCIM Group; its name is looked up among the connection's group roles."""

    display_name = models.CharField(max_length=255)
    external_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    modified_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organization", Lower("display_name"), name="one_directory_group_per_name"
            )
        ]

    def __str__(self) -> str:
        return self.display_name


class DirectoryGroupMember(TenantModel):
    group = models.ForeignKey(DirectoryGroup, on_delete=models.CASCADE, related_name="memberships")
    member = models.ForeignKey(DirectoryUser, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint("group", "member", name="one_place_in_a_group")]


class DirectoryRequest(TenantModel):
    """What the directory asked and what it was answered; people's values are masked. Forgotten after SCIM_LOG_DAYS."""

    verb = models.CharField(max_length=10)
    path = models.CharField(max_length=300)
    status = models.PositiveIntegerField()
    outline = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="directory_requests_by_age")]

    def __str__(self) -> str:
        return f"{self.verb} {self.path}"
