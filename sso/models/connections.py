"""An organization's identity provider, and the people who came through it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from organizations.models import AuthSession, User
from organizations.roles import Role
from promptguard.core.crypto import open_sealed, seal
from promptguard.core.tenancy import TenantModel

# An identity provider never makes owners: what it can give, it can be tricked into giving.
GRANTABLE = (Role.VIEWER, Role.MEMBER, Role.ADMIN)
ROLE_CHOICES = [(role.value, role.value) for role in GRANTABLE]


class Provider(models.TextChoices):
    """Templates of the guide ("Supported IdP Providers"); each has rules of its own in `sso.providers`."""

    OKTA = "okta"
    ENTRA = "entra"
    GOOGLE = "google"
    AUTH0 = "auth0"
    OIDC = "oidc"


class Connection(TenantModel):
    """One OpenID provider of one organization. Its API shape is the guide's `settings.sso_config`."""

    provider = models.CharField(max_length=10, choices=Provider, default=Provider.OIDC)
    issuer = models.CharField(max_length=300)
    client_id = models.CharField(max_length=255)
    sealed_secret = models.BinaryField(default=b"")
    allowed_domains = ArrayField(models.CharField(max_length=253))
    auto_provision = models.BooleanField(default=True)
    default_role = models.CharField(max_length=20, choices=ROLE_CHOICES, default=Role.VIEWER)
    groups_claim = models.CharField(max_length=100, default="groups")
    required_acr = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    required_amr = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    max_session_minutes = models.PositiveIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    # Addresses of this organization's verified domains sign in here and nowhere else.
    is_enforced = models.BooleanField(default=False)
    break_glass_user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint("organization", name="one_connection_per_organization")]

    def __str__(self) -> str:
        return f"{self.provider} {self.issuer}"

    @property
    def etag(self) -> str:
        return f'"{self.version}"'

    @property
    def secret(self) -> str:
        """The client secret; empty for a public client. Raises SealBroken."""
        return open_sealed(bytes(self.sealed_secret), self._place).decode() if self.sealed_secret else ""

    def put_secret(self, secret: str) -> None:
        self.sealed_secret = seal(secret.encode(), self._place) if secret else b""

    @property
    def _place(self) -> bytes:
        """What the secret is bound to: copied into another row, or beside another issuer, it does not open."""
        return f"sso.Connection/{self.organization_id}/{self.id}/{self.issuer}/client_secret".encode()

    def admits(self, domain: str) -> bool:
        return domain.lower() in self.allowed_domains


class GroupRole(TenantModel):
    """Members of the provider's `group` get `role`; of several the highest counts."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="group_roles")
    group = models.CharField(max_length=255)
    role = models.CharField(max_length=20, choices=ROLE_CHOICES)

    class Meta:
        constraints = [models.UniqueConstraint("connection", "group", name="one_role_per_group")]

    def __str__(self) -> str:
        return f"{self.group} as {self.role}"


class Identity(TenantModel):
    """One person as one provider knows them. Only (connection, issuer, subject) identifies; an address never does."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(max_length=254)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_sign_in_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint("connection", "issuer", "subject", name="one_identity_per_subject")
        ]

    def __str__(self) -> str:
        return f"identity {self.id}"


class SsoSession(TenantModel):
    """The provider's side of one device session: who may end it, when it ends, what it proved."""

    # How long after the sign-in its browser may fetch the bearer pair.
    PAIR_WINDOW = timedelta(minutes=5)

    session = models.OneToOneField(AuthSession, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    provider_session = models.CharField(max_length=255, blank=True)
    sealed_id_token = models.BinaryField(default=b"")
    acr = models.CharField(max_length=200, blank=True)
    amr = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    authenticated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ends_at = models.DateTimeField(null=True, blank=True)
    # The pair is handed out once, by conditional UPDATE.
    pair_taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "sign-in"

    def __str__(self) -> str:
        return f"sign-in {self.id}"

    @property
    def id_token(self) -> str:
        return open_sealed(bytes(self.sealed_id_token), self._place).decode()

    def put_id_token(self, token: str) -> None:
        self.sealed_id_token = seal(token.encode(), self._place)

    @property
    def _place(self) -> bytes:
        return f"sso.SsoSession/{self.organization_id}/{self.id}/id_token".encode()

    @staticmethod
    def end_of(connection: Connection, now: datetime) -> datetime | None:
        minutes = connection.max_session_minutes
        absolute = now + timedelta(days=settings.SESSION_ABSOLUTE_DAYS)
        return min(now + timedelta(minutes=minutes), absolute) if minutes else None
