"""Turns environment values into Django's settings structures. Read by `promptguard.settings` only."""

import base64
import binascii
import logging
import logging.config
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import environ
import structlog
from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.retry import Retry

# libpq hangs in a network partition unless the kernel is told when to give up (operations.md, section 5).
CONNECTION_OPTIONS = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def keyring(text: str, size: int | None = None) -> dict[str, bytes]:
    """Parse `id:base64key[,id:base64key...]`; the first key is current, the others only read.

    `size` is the exact number of bytes asked for; without it at least 32 are. Raises ImproperlyConfigured.
    """
    keys: dict[str, bytes] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        key_id, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not key_id or (len(key) != size if size else len(key) < 32):
            raise ImproperlyConfigured("a keyring is `id:base64key[,id:base64key]` with keys of 32 bytes")
        keys[key_id] = key
    if not keys:
        raise ImproperlyConfigured("a keyring needs at least one key: `id:base64key`")
    return keys


def database_settings(env: environ.Env) -> dict[str, Any]:
    """Three aliases onto one database: what the application, the migrations and the sequencer may do differs.

    `DATABASE_OWNER_URL` and `DATABASE_SEQUENCER_URL` fall back to `DATABASE_URL`.
    """
    if not (url := env("DATABASE_URL", default="")):
        raise ImproperlyConfigured("DATABASE_URL is not set; `make run` starts a database of its own")
    urls = {
        "default": url,
        "owner": env("DATABASE_OWNER_URL", default=url),
        "sequencer": env("DATABASE_SEQUENCER_URL", default=url),
    }
    shared = {
        "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=300),
        "CONN_HEALTH_CHECKS": True,
    }
    databases = {}
    for alias, alias_url in urls.items():
        config = env.db_url_config(alias_url)
        config["HOST"] = unquote(config["HOST"])  # a socket's folder is percent-encoded in a URL
        named: dict[str, Any] = {"application_name": f"promptguard-{alias}"}
        # Requests repeat themselves, and planning costs more than doing. Not behind a pool in transaction mode, whose
        # connections are not kept; not for the sequencer, whose few great statements are worth a plan each.
        if alias == "default" and shared["CONN_MAX_AGE"]:
            named["prepare_threshold"] = 5
        config["OPTIONS"] = named | CONNECTION_OPTIONS | config.get("OPTIONS", {})
        databases[alias] = config | shared
    return databases


def cache_settings(env: environ.Env) -> dict[str, Any]:
    """A cluster when `REDIS_CLUSTER_NODES` is set, one server when `REDIS_URL` is, else memory of this process."""
    backend = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": env("REDIS_URL", default="")}
    if env.list("REDIS_CLUSTER_NODES", default=[]):
        options = {"CLIENT_CLASS": "promptguard.core.valkey.ClusterCacheClient", "IGNORE_EXCEPTIONS": True}
        return {"default": backend | {"LOCATION": "redis://cluster", "OPTIONS": options}}
    if backend["LOCATION"]:
        options = {
            "SOCKET_CONNECT_TIMEOUT": 0.1,
            "SOCKET_TIMEOUT": 0.1,
            "IGNORE_EXCEPTIONS": True,
            "CONNECTION_POOL_KWARGS": {"retry": Retry(NoBackoff(), 0)},
        }
        return {"default": backend | {"OPTIONS": options}}
    # Django's own limit of 300 entries would let anybody push the throttles' counters out.
    local = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}
    return {"default": local}


def sends_mail(env: environ.Env) -> bool:
    """Whether mail leaves this machine: EMAIL_URL names a server, or EMAIL_HOST does."""
    return env("EMAIL_URL", default="").startswith(("smtp", "submission")) or bool(
        env("EMAIL_HOST", default="")
    )


def mail_settings(env: environ.Env, folder: Path) -> dict[str, Any]:
    """Django's EMAIL_* settings from `EMAIL_URL`, or from `EMAIL_HOST` and its siblings.

    `smtp+tls://user:password@host:587` sends, `consolemail://` prints; without either, mail is written to `folder`.
    """
    if url := env("EMAIL_URL", default=""):
        config: dict[str, Any] = dict(env.email_url_config(url))
    elif host := env("EMAIL_HOST", default=""):
        config = {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": host,
            "EMAIL_PORT": env.int("EMAIL_PORT", default=587),
            "EMAIL_HOST_USER": env("EMAIL_HOST_USER", default=""),
            "EMAIL_HOST_PASSWORD": env("EMAIL_HOST_PASSWORD", default=""),
            "EMAIL_USE_TLS": env.bool("EMAIL_USE_TLS", default=True),
        }
    else:
        config = {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(folder),
        }
    return config | {"EMAIL_TIMEOUT": 10}


def log_settings(log_format: str, level: str) -> None:
    """Structured logs on standard error: JSON for machines, `console` for people."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = structlog.processors.JSONRenderer()
    if log_format == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            renderer,
        ],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"structured": formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": level},
        }
    )
