"""Which facts answer which control. A control points at sections of the document and at posture checks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Control:
    """`sections` are keys of the document; `checks` are ids of the posture."""

    framework: str
    reference: str
    asks: str
    answer: str
    sections: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()


SOC, GDPR, ISO, OWASP = "SOC 2 (TSC 2017)", "GDPR", "ISO/IEC 27001:2022", "OWASP LLM Top 10 (2025)"

CONTROLS = (
    Control(
        SOC,
        "CC6.1",
        "Logical access is restricted to protect information assets",
        "Roles are enforced on the server; tenants are walled off twice, in code and by row-level security; secrets"
        " are sealed or hashed.",
        ("access", "keys", "configuration"),
        (
            "row_security",
            "encryption_keys",
            "strong_secrets",
            "admins_second_factor",
            "operators_second_factor",
            "keys_expire",
        ),
    ),
    Control(
        SOC,
        "CC6.2",
        "Users are registered, authorised and removed",
        "Membership needs an invitation; whoever leaves loses access at once, keys included. Each step is an event.",
        ("access", "changes"),
        ("admins_second_factor", "second_owner"),
    ),
    Control(
        SOC,
        "CC6.3",
        "Access follows roles and least privilege",
        "One matrix of roles and permissions; nobody hands out what they do not hold.",
        ("access", "changes"),
        ("separate_database_roles",),
    ),
    Control(
        SOC,
        "CC6.6",
        "The boundary is protected",
        "Network allow-lists, rate limits, and outbound calls to public addresses only.",
        ("configuration",),
        ("hardened_server", "transport_security"),
    ),
    Control(
        SOC,
        "CC6.7",
        "Information in transit is protected",
        "TLS, secure cookies and HSTS.",
        ("configuration",),
        ("transport_security", "secure_cookies"),
    ),
    Control(
        SOC,
        "CC7.2",
        "Components are monitored for anomalies",
        "Each security-relevant action is an event in a hash chain, sealed, signed and anchored; the population is"
        " contiguous.",
        ("audit", "guard"),
        ("audit_logging", "audit_sealing", "audit_fences", "anchors_fresh"),
    ),
    Control(
        SOC,
        "CC7.3",
        "Security events are evaluated",
        "The chain is verified every night; posture checks are alerted on; decisions of the guard can be reviewed.",
        ("audit", "posture"),
        ("audit_verified", "background_work"),
    ),
    Control(
        SOC,
        "CC8.1",
        "Changes are authorised and recorded",
        "Policies are versioned; each change of settings, roles, networks, keys and retention is an event.",
        ("changes",),
        ("audit_logging",),
    ),
    Control(
        GDPR,
        "Art. 5",
        "Principles: minimisation, storage limitation, accountability",
        "Prompts are redacted by default or never stored; each kind of record has its days; the chain proves it.",
        ("retention", "processing", "audit"),
        ("content_minimised", "retention_limited", "retention_fresh", "audit_logging"),
    ),
    Control(
        GDPR,
        "Art. 15",
        "Right of access",
        "A person gets a copy of everything the registry knows about them, at once or as a package.",
        ("privacy", "processing"),
        ("privacy_requests_on_time",),
    ),
    Control(
        GDPR,
        "Art. 17",
        "Right to erasure",
        "Rows are erased and looked for again, keys destroyed, and a signed certificate issued; holds are on record.",
        ("privacy", "holds"),
        ("privacy_requests_on_time", "holds_on_time"),
    ),
    Control(
        GDPR,
        "Art. 30",
        "Records of processing activities",
        "The registry of holdings: what is kept about people, why, and what erasure does to it.",
        ("processing",),
    ),
    Control(
        GDPR,
        "Art. 32",
        "Security of processing",
        "Encryption, walls between tenants, second factors, backups and regular verification.",
        ("configuration", "access", "audit"),
        ("encryption_keys", "row_security", "transport_security", "backups_fresh", "audit_verified"),
    ),
    Control(
        ISO,
        "A.8.2",
        "Privileged access rights",
        "Few owners and admins, each with a second factor; operators are audited.",
        ("access",),
        ("operators_second_factor", "separate_database_roles"),
    ),
    Control(
        ISO,
        "A.8.3",
        "Information access restriction",
        "Permissions on every door; row-level security underneath.",
        ("access",),
        ("row_security",),
    ),
    Control(
        ISO,
        "A.8.5",
        "Secure authentication",
        "Argon2id, second factors, single sign-on, sessions with limits, keys with an end.",
        ("access", "keys", "configuration"),
        ("admins_second_factor", "keys_expire", "secure_cookies"),
    ),
    Control(
        ISO,
        "A.8.9",
        "Configuration management",
        "All settings come from the environment; mistakes fail the start or the checks.",
        ("configuration", "posture"),
        ("hardened_server",),
    ),
    Control(
        ISO,
        "A.8.10",
        "Information deletion",
        "Retention by kind of record, erasure with certificate.",
        ("retention", "privacy"),
        ("retention_fresh", "retention_limited"),
    ),
    Control(
        ISO,
        "A.8.11",
        "Data masking",
        "Personal data and secrets are redacted before they are stored or forwarded.",
        ("guard", "configuration"),
        ("content_minimised",),
    ),
    Control(
        ISO, "A.8.13", "Information backup", "Backups mark their success.", ("posture",), ("backups_fresh",)
    ),
    Control(
        ISO,
        "A.8.15",
        "Logging",
        "An append-only chain that an outsider can verify.",
        ("audit",),
        ("audit_logging", "audit_fences", "audit_verified", "anchors_fresh"),
    ),
    Control(
        ISO,
        "A.8.24",
        "Use of cryptography",
        "AES-256-GCM with key ids, Ed25519 for checkpoints and certificates, SHA-256 chains.",
        ("configuration", "audit"),
        ("encryption_keys", "strong_secrets"),
    ),
    Control(
        OWASP,
        "LLM01:2025",
        "Prompt injection",
        "Rules and a model look at every prompt, in several languages and disguises; blocked ones are events.",
        ("guard",),
    ),
    Control(
        OWASP,
        "LLM02:2025",
        "Sensitive information disclosure",
        "Personal data and secrets are found and redacted both ways.",
        ("guard", "configuration"),
        ("content_minimised", "keys_expire"),
    ),
    Control(
        OWASP,
        "LLM03:2025",
        "Supply chain",
        "Packages are pinned by hash; the detector's model is part of the source.",
        ("configuration",),
    ),
    Control(
        OWASP,
        "LLM04:2025",
        "Data and model poisoning",
        "Memory of agents is scanned before it is trusted; policies are versioned and audited.",
        ("guard", "changes"),
    ),
    Control(
        OWASP,
        "LLM05:2025",
        "Improper output handling",
        "Completions are scanned for code, links and data like prompts are.",
        ("guard",),
    ),
    Control(
        OWASP,
        "LLM06:2025",
        "Excessive agency",
        "Tool calls of agents are judged against allow-lists and for anomalies.",
        ("guard",),
    ),
    Control(
        OWASP,
        "LLM07:2025",
        "System prompt leakage",
        "Extraction attempts are blocked, canaries show a leak.",
        ("guard",),
    ),
    Control(
        OWASP,
        "LLM08:2025",
        "Vector and embedding weaknesses",
        "Retrieved text is scanned as untrusted content.",
        ("guard",),
    ),
    Control(
        OWASP,
        "LLM09:2025",
        "Misinformation",
        "Outside this product's reach, but for the topics that a policy forbids.",
        ("guard",),
    ),
    Control(
        OWASP,
        "LLM10:2025",
        "Unbounded consumption",
        "Rate limits for organizations, keys and end users; sizes are bounded.",
        ("configuration", "keys"),
    ),
)
