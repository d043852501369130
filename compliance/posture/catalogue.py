"""Every check: what it is called, how grave it is, what it means, how to mend it, and who asks for it."""

from compliance.posture import installation, tenants
from compliance.posture.check import Check, Severity

CRITICAL, HIGH, MEDIUM, LOW = Severity

CHECKS: tuple[Check, ...] = (
    Check(
        "audit_logging", "Audit logging is on", CRITICAL,
        "Without it nobody can show later who did what.",
        "Set ENABLE_AUDIT_LOGGING=true.",
        ("SOC 2 CC7.2", "ISO 27001 A.8.15", "GDPR Art. 5(2)"),
        installation.audit_logging,
    ),
    Check(
        "encryption_keys", "Encryption keys are present", CRITICAL,
        "Stored content, second factors and credentials are sealed with them (AES-256-GCM).",
        "Set ENCRYPTION_KEY: docker/create-secrets makes one.",
        ("SOC 2 CC6.1", "ISO 27001 A.8.24", "GDPR Art. 32(1)(a)"),
        installation.encryption_keys,
    ),
    Check(
        "strong_secrets", "No default or weak secrets", CRITICAL,
        "A secret that others know, or that is used for two things, protects nothing.",
        "Make SECRET_KEY, JWT_SECRET and ENCRYPTION_KEY anew with docker/create-secrets, each of its own.",
        ("SOC 2 CC6.1", "ISO 27001 A.8.24"),
        installation.strong_secrets,
    ),
    Check(
        "row_security", "Row-level security is on", CRITICAL,
        "The second wall between tenants: the database shows a request only its organization's rows.",
        "Run `manage.py migrate`, which puts it back.",
        ("SOC 2 CC6.1", "ISO 27001 A.8.3", "GDPR Art. 32(1)(b)"),
        installation.row_security,
    ),
    Check(
        "separate_database_roles", "The application does not own its tables", HIGH,
        "Whoever breaks into the application could otherwise change the audit log.",
        "Set DATABASE_OWNER_URL and DATABASE_SEQUENCER_URL to roles of their own.",
        ("SOC 2 CC6.3", "ISO 27001 A.8.2", "ISO 27001 A.8.15"),
        installation.separate_database_roles,
    ),
    Check(
        "audit_fences", "The audit log is append-only", HIGH,
        "The application's role may add events, and neither change nor remove any.",
        "Run `manage.py harden_audit`; `manage.py check --tag audit --database default` names what is left.",
        ("SOC 2 CC7.2", "ISO 27001 A.8.15"),
        installation.audit_fences,
    ),
    Check(
        "audit_sealing", "Audit events are sealed promptly", HIGH,
        "Until it is sealed, an event could vanish unseen.",
        "See that `manage.py run_audit_sequencer` runs, and why it lags.",
        ("SOC 2 CC7.2", "ISO 27001 A.8.15"),
        installation.audit_sealing,
    ),
    Check(
        "audit_verified", "Every chain was verified in the last day, without a finding", CRITICAL,
        "Nothing in the log was changed, removed or put in.",
        "Run `manage.py verify_audit_chain`; a finding is an incident.",
        ("SOC 2 CC7.2", "SOC 2 CC7.3", "ISO 27001 A.8.15"),
        installation.audit_verified,
    ),
    Check(
        "anchors_fresh", "Checkpoints were handed to an outside witness", HIGH,
        "What no witness has seen could be rewritten by whoever holds database and key.",
        "Set AUDIT_ANCHOR_FILE to a place where the application cannot delete, and see that the sequencer publishes.",
        ("SOC 2 CC7.2", "ISO 27001 A.8.15"),
        installation.anchors_fresh,
    ),
    Check(
        "backups_fresh", "The last backup succeeded within a day", HIGH,
        "Without one, what the database loses is lost.",
        "Let the backup touch the file that BACKUP_MARKER names, when it has succeeded.",
        ("SOC 2 A1.2", "ISO 27001 A.8.13", "GDPR Art. 32(1)(c)"),
        installation.backups_fresh,
    ),
    Check(
        "transport_security", "Clients reach it over TLS", CRITICAL,
        "Prompts, keys and sessions would travel in the clear.",
        "Put a balancer with TLS in front, and set PUBLIC_URL=https://...",
        ("SOC 2 CC6.7", "ISO 27001 A.8.20", "GDPR Art. 32(1)(a)"),
        installation.transport_security,
    ),
    Check(
        "secure_cookies", "Cookies travel over TLS only", HIGH,
        "A session cookie sent once in the clear is a session given away.",
        "Set PUBLIC_URL=https://..., and leave SECURE_COOKIES and SECURE_HSTS_SECONDS at their defaults.",
        ("SOC 2 CC6.7", "ISO 27001 A.8.5"),
        installation.secure_cookies,
    ),
    Check(
        "hardened_server", "No debugging, and only its own host names", HIGH,
        "Error pages show the insides of the process; foreign host names poison links.",
        "Set DEBUG=false and name your hosts in ALLOWED_HOSTS.",
        ("SOC 2 CC6.6", "ISO 27001 A.8.9"),
        installation.hardened_server,
    ),
    Check(
        "operators_second_factor", "Operators have a second factor", HIGH,
        "Operators see every tenant; a stolen password alone must not suffice.",
        "Each operator sets one up at POST /dashboard/auth/2fa; strict mode insists.",
        ("SOC 2 CC6.1", "ISO 27001 A.8.5"),
        installation.operators_second_factor,
    ),
    Check(
        "retention_fresh", "The purge finished in the last day", MEDIUM,
        "What is past its time must go (storage limitation).",
        "See that the worker runs; `manage.py purge_expired` does it now.",
        ("GDPR Art. 5(1)(e)", "SOC 2 C1.2", "ISO 27001 A.8.10"),
        installation.retention_fresh,
    ),
    Check(
        "privacy_requests_on_time", "No request of a person is overdue", CRITICAL,
        "Access and erasure are owed within one month.",
        "Look at the requests in the console; a hold or a failure explains each.",
        ("GDPR Art. 12(3)", "GDPR Art. 15", "GDPR Art. 17"),
        installation.privacy_requests_on_time,
    ),
    Check(
        "background_work", "No background work was given up", MEDIUM,
        "A dead job may be an erasure, a purge or a message that nobody does any more.",
        "Look at the dead jobs in the console, remove the cause and revive them.",
        ("SOC 2 CC7.2",),
        installation.background_work,
    ),
    Check(
        "admins_second_factor", "Owners and admins have a second factor", HIGH,
        "Whoever governs an organization must not fall with a password.",
        "Require it in the organization's settings; strict mode insists.",
        ("SOC 2 CC6.1", "SOC 2 CC6.2", "ISO 27001 A.8.5", "GDPR Art. 32(1)(b)"),
        tenants.admins_second_factor, is_platforms=False,
    ),
    Check(
        "keys_expire", "API keys expire", MEDIUM,
        "A key that lives for ever is found some day by somebody else.",
        "Rotate them with an end; set the organization's key lifetime, or strict mode.",
        ("SOC 2 CC6.1", "ISO 27001 A.8.5", "OWASP LLM02:2025"),
        tenants.keys_expire, is_platforms=False,
    ),
    Check(
        "holds_on_time", "No legal hold is past its end", MEDIUM,
        "A hold keeps personal data that should be gone; somebody has to decide.",
        "Release it (POST /dashboard/compliance/legal-holds/{id}/release), or place it anew with a later end.",
        ("GDPR Art. 5(1)(e)", "GDPR Art. 17(3)(e)"),
        tenants.holds_on_time, is_platforms=False,
    ),
    Check(
        "retention_limited", "Interactions have an end", LOW,
        "Personal data may be kept no longer than its purpose needs.",
        "Choose days at PATCH /dashboard/compliance/retention.",
        ("GDPR Art. 5(1)(e)", "ISO 27001 A.8.10", "SOC 2 C1.2"),
        tenants.retention_limited, is_platforms=False,
    ),
    Check(
        "content_minimised", "Prompts are stored redacted or not at all", LOW,
        "Whole prompts hold what their authors did not mean to leave behind.",
        "Set the project's content_mode to redacted, hash_only or none.",
        ("GDPR Art. 5(1)(c)", "GDPR Art. 25", "ISO 27001 A.8.11", "OWASP LLM02:2025"),
        tenants.content_minimised, is_platforms=False,
    ),
    Check(
        "second_owner", "Every organization has a second owner", LOW,
        "With a single owner, an illness locks everybody out.",
        "Make a second person owner.",
        ("SOC 2 CC6.2", "ISO 27001 A.5.3"),
        tenants.second_owner, is_platforms=False,
    ),
)  # fmt: skip
BY_ID = {check.id: check for check in CHECKS}
# Without the database: what a process can say of itself while it starts.
CONFIGURED = tuple(
    BY_ID[name]
    for name in (
        "audit_logging",
        "encryption_keys",
        "strong_secrets",
        "separate_database_roles",
        "transport_security",
        "secure_cookies",
        "hardened_server",
    )
)
