"""The one settings file. Every value comes from the environment; `docker/.env.example` documents each.

A variable `NAME` may also be given as `NAME_FILE`, the path of a file that holds it (container secrets).
`make run` writes `var/env`, which is read when it exists; the real environment wins over it.
"""

from pathlib import Path

import environ
from django.templatetags.static import static

from promptguard.core.configuration import (
    cache_settings,
    database_settings,
    keyring,
    log_settings,
    mail_settings,
    sends_mail,
)

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))
if (env_file := Path(env("ENV_FILE", default=str(VAR_DIR / "env")))).is_file():
    env.read_env(env_file)

# --- Who we are ---------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY")
JWT_KEYS = keyring(env("JWT_SECRET"))
ENCRYPTION_KEYS = keyring(env("ENCRYPTION_KEY"), size=32)
PUBLIC_URL = env("PUBLIC_URL", default="http://127.0.0.1:8080").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXY_CIDRS = env.list("TRUSTED_PROXY_CIDRS", default=[])
# A header of those proxies with the client's country, such as CF-IPCountry; access lists may ask for it.
COUNTRY_HEADER = env("COUNTRY_HEADER", default="")
METRICS_ALLOWED_CIDRS = env.list(
    "METRICS_ALLOWED_CIDRS",
    default=["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
)
# Where processes that serve nothing else (sequencer, jobs, Celery) answer Prometheus.
WORKER_METRICS_ADDRESS = env("WORKER_METRICS_ADDRESS", default="")

# --- Rooms --------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "promptguard.core.apps.CoreConfig",
    "unfold.apps.BasicAppConfig",
    "promptguard.core.apps.OperatorAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_prometheus",
    "audit",
    "organizations",
    "promptguard.projects",
    "promptguard.guard",
    "sso",
    "compliance",
    "promptguard.webhooks",
]
MIDDLEWARE = [
    "promptguard.core.middleware.RequestContext",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "promptguard.core.middleware.OptionalTrailingSlash",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "promptguard.urls"
WSGI_APPLICATION = "promptguard.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- State --------------------------------------------------------------------------------------------
DATABASES = database_settings(env)
DATABASE_ROUTERS: list[str] = []
CACHES = cache_settings(env)
REDIS_URL = env("REDIS_URL", default="")
REDIS_CLUSTER_NODES = env.list("REDIS_CLUSTER_NODES", default=[])
REDIS_CLUSTER_PASSWORD = env("REDIS_CLUSTER_PASSWORD", default="")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "organizations.User"
# The check looks for `unique=True`; `one_account_per_email` is stronger, since it ignores case.
SILENCED_SYSTEM_CHECKS = ["auth.E003", "auth.W004"]
# Request bodies above this are refused with 413 before they are read (contract 1.2).
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

# --- Mail ---------------------------------------------------------------------------------------------
vars().update(mail_settings(env, VAR_DIR / "mail"))
DEFAULT_FROM_EMAIL = env("EMAIL_FROM", default="PromptGuard <no-reply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# --- Background work and outbound calls ----------------------------------------------------------------
# A bell, not a store: without it `manage.py run_jobs` hears PostgreSQL's NOTIFY.
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="")
CELERY_BROKER_SENTINEL_MASTER = env("CELERY_BROKER_SENTINEL_MASTER", default="")
# Loosens what tenants' URLs may reach: only for networks in which nobody else's secrets live.
OUTBOUND_ALLOWED_CIDRS = env.list("OUTBOUND_ALLOWED_CIDRS", default=[])
OUTBOUND_ALLOWED_PORTS = env.list("OUTBOUND_ALLOWED_PORTS", default=["443", "8443"])
OUTBOUND_RESOLVER = "promptguard.core.http.system_resolver"
WEBHOOK_TIMEOUT_SECONDS = env.float("WEBHOOK_TIMEOUT_SECONDS", default=15.0)
WEBHOOK_RETENTION_DAYS = env.int("WEBHOOK_RETENTION_DAYS", default=30)
WEBHOOK_CONCURRENCY = env.int("WEBHOOK_CONCURRENCY", default=16)

# --- Sign-in ------------------------------------------------------------------------------------------
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "organizations.passwords.GuessabilityValidator"},
]
# Where mail is sent, an address is proven before the first sign-in; without, accounts work at once.
EMAIL_VERIFICATION_REQUIRED = env.bool("EMAIL_VERIFICATION_REQUIRED", default=sends_mail(env))
ACCESS_TOKEN_SECONDS = env.int("ACCESS_TOKEN_SECONDS", default=600)
REFRESH_TOKEN_DAYS = env.int("REFRESH_TOKEN_DAYS", default=30)
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=720)
SESSION_ABSOLUTE_DAYS = env.int("SESSION_ABSOLUTE_DAYS", default=30)
SECURE_COOKIES = env.bool("SECURE_COOKIES", default=PUBLIC_URL.startswith("https://"))

# Single sign-on's frame asks Django who somebody is; without a callback at hand the second one answers nobody.
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "sso.frame.ConnectionBackend"]
# Identity providers in private networks, as host or host:port; they may speak plain HTTP.
SSO_PRIVATE_PROVIDERS = env.list("SSO_PRIVATE_PROVIDERS", default=[])
# Resolvers that answer for customers' domains, as address or address:port; none: the system's.
SSO_DNS_SERVERS = env.list("SSO_DNS_SERVERS", default=[])
# How long an organization sees what its directory asked, and how many of the newest requests at most.
SCIM_LOG_DAYS = env.int("SCIM_LOG_DAYS", default=30)
SCIM_LOG_REQUESTS = env.int("SCIM_LOG_REQUESTS", default=10_000)

# The operators' console has a cookie of its own; `session` belongs to the dashboard.
SESSION_COOKIE_NAME = "operator_session"
SESSION_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = SECURE_COOKIES
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=SECURE_COOKIES)
SECURE_REDIRECT_EXEMPT = [r"^health", r"^metrics$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if SECURE_COOKIES else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = bool(SECURE_HSTS_SECONDS)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_CIDRS else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        # The operators' console (unfold, Alpine.js) needs both; nothing of a tenant's is rendered inline.
        "script-src": ["'self'", "'unsafe-inline'", "'unsafe-eval'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Limits -------------------------------------------------------------------------------------------
# Requests per minute of an organization on each plane, where neither its plan nor an operator says otherwise.
RATE_LIMIT_PER_MINUTE = env.int("RATE_LIMIT_PER_MINUTE", default=60_000)
# No override goes above this: one tenant must not be able to take the whole platform.
RATE_LIMIT_MAXIMUM_PER_MINUTE = env.int("RATE_LIMIT_MAXIMUM_PER_MINUTE", default=600_000)

# --- Audit --------------------------------------------------------------------------------------------
ENABLE_AUDIT_LOGGING = env.bool("ENABLE_AUDIT_LOGGING", default=True)
COMPLIANCE_MODE = env("COMPLIANCE_MODE", default="standard")
ERASURE_GRACE_DAYS = env.int("ERASURE_GRACE_DAYS", default=0)
EXPORT_FOLDER = env("EXPORT_FOLDER", default=str(VAR_DIR / "exports"))
EXPORT_STORAGE = env("EXPORT_STORAGE", default="")
EXPORT_LIFETIME_DAYS = env.int("EXPORT_LIFETIME_DAYS", default=7)
AUDIT_SEALING = env("AUDIT_SEALING", default="inline")
AUDIT_ORIGIN = env("AUDIT_ORIGIN", default=PUBLIC_URL.split("://")[-1])
AUDIT_SIGNING_KEYS = env("AUDIT_SIGNING_KEYS", default=str(VAR_DIR / "audit-signing-keys"))
# Where bundles of events go before retention drops them; empty: nowhere.
AUDIT_ARCHIVE_FOLDER = env("AUDIT_ARCHIVE_FOLDER", default="")
AUDIT_ARCHIVE_S3_BUCKET = env("AUDIT_ARCHIVE_S3_BUCKET", default="")
# The share of one processor's time that a purge may take: the rest of the time it rests.
RETENTION_PACE = env.float("RETENTION_PACE", default=0.25)
# A file that the backup touches when it has succeeded; empty: the posture report cannot know.
BACKUP_MARKER = env("BACKUP_MARKER", default="")
AUDIT_ANCHOR_FILE = env("AUDIT_ANCHOR_FILE", default=str(VAR_DIR / "audit-anchors"))
AUDIT_ANCHOR_S3_BUCKET = env("AUDIT_ANCHOR_S3_BUCKET", default="")
AUDIT_ANCHOR_S3_DAYS = env.int("AUDIT_ANCHOR_S3_DAYS", default=365)
AUDIT_TSA_URL = env("AUDIT_TSA_URL", default="")
AUDIT_TSA_ROOTS = env("AUDIT_TSA_ROOTS", default="")
AUDIT_ERASURE_LEDGER = env(
    "AUDIT_ERASURE_LEDGER", default=str(Path(AUDIT_ANCHOR_FILE).with_name("audit-erasures"))
)

# --- API ----------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "organizations.authentication.AccessTokenAuthentication",
        "organizations.authentication.BearerAuthentication",
        "organizations.authentication.SessionCookieAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["promptguard.core.access.DenyAll"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["promptguard.core.parsers.BoundedParser"],
    "DEFAULT_SCHEMA_CLASS": "promptguard.core.schema.DoorSchema",
    "EXCEPTION_HANDLER": "promptguard.core.errors.respond",
    "UNAUTHENTICATED_USER": None,
    # `?format=` belongs to the exports, not to content negotiation.
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "COMPONENT_SPLIT_REQUEST": True,
}

# --- Files, words, logs -------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env("STATIC_ROOT", default="") or None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
# Without a collected folder, static files come straight from the packages.
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
LOGGING_CONFIG = None
log_settings(env("LOG_FORMAT", default="json"), env("LOG_LEVEL", default="INFO"))
UNFOLD = {
    "SITE_TITLE": "PromptGuard operators",
    "SITE_HEADER": "PromptGuard",
    "SITE_SYMBOL": "shield",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("core/icon.svg")}],
}
