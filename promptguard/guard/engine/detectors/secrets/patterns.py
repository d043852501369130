# ruff: noqa: E501 — a rule is one line, so that the table can be read and compared
# fmt: off
"""Credentials with a fixed shape: issuer prefixes and structures that occur nowhere else."""

from __future__ import annotations

from typing import NamedTuple


class SecretPattern(NamedTuple):
    """A credential format. `entity` names the placeholder; group 1, when present, is the secret part."""

    rule_id: str
    pattern: str
    entity: str = "api_key"
    threat_type: str = "api_key_leak"
    confidence: float = 0.97
    min_entropy: float = 2.6


def _key(rule_id: str, pattern: str, min_entropy: float = 2.6) -> SecretPattern:
    return SecretPattern(rule_id, pattern, min_entropy=min_entropy)


def _secret(rule_id: str, pattern: str, entity: str = "password", confidence: float = 0.95) -> SecretPattern:
    return SecretPattern(rule_id, pattern, entity, "secret_key_leak", confidence, 1.5)


STRUCTURED: tuple[SecretPattern, ...] = (
    _key("aws_access_key_id", r"\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA)[A-Z2-7]{16}\b"),
    _key("aws_bedrock_key", r"\bABSK[A-Za-z0-9+/]{109,269}={0,2}|\bbedrock-api-key-[A-Za-z0-9+/=]{20,}"),
    _key("aws_mws_key", r"\bamzn\.mws\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"),
    _key("github_token", r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b"),
    _key("github_fine_grained_token", r"\bgithub_pat_\w{30,255}\b"),
    _key("gitlab_token", r"\b(?:gl(?:pat|dt|ft|rt|cbt|ptt|soat|imt|agent|oas|ffct)-|GR1348941)[\w.-]{20,64}"),
    _key("gitlab_session", r"_gitlab_session=([0-9a-z]{32})\b"),
    _key("slack_token", r"\bxox[abceoprs](?:\.xox[bp])?-(?:\d-)?[A-Za-z0-9-]{10,250}"),
    _key("slack_app_token", r"\bxapp-\d-[A-Za-z0-9]+-\d+-[a-z0-9]+\b"),
    _key("slack_webhook", r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{30,80}"),
    _key("teams_webhook", r"[a-z0-9-]+\.webhook\.office\.com/webhookb2/[a-z0-9@-]+/IncomingWebhook/[a-z0-9]{32}/[a-z0-9-]{36}"),
    _key("discord_webhook", r"discord(?:app)?\.com/api/webhooks/\d{17,20}/[\w-]{60,68}"),
    _key("discord_bot_token", r"\b[MNO][A-Za-z\d]{23,25}\.[\w-]{6}\.[\w-]{27,38}\b"),
    _key("stripe_key", r"\b(?:sk|rk|pk)_(?:live|test|prod)_[0-9A-Za-z]{10,99}\b"),
    _key("stripe_webhook_secret", r"\bwhsec_[A-Za-z0-9+/]{32,64}"),
    _key("openai_key", r"\bsk-(?:proj|svcacct|admin|service|None)-[\w-]{20,200}|\bsk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}\b|\bsk-[A-Za-z0-9]{40,64}\b"),
    _key("anthropic_key", r"\bsk-ant-(?:api|admin|sid|oat)\d{2}-[\w-]{24,120}"),
    _key("openrouter_key", r"\bsk-or-v1-[0-9a-f]{64}\b"),
    _key("google_api_key", r"\bAIza[\w-]{35}"),
    _key("google_oauth_secret", r"\bGOCSPX-[\w-]{24,32}"),
    _key("google_oauth_token", r"\bya29\.[\w-]{20,200}"),
    _key("google_client_id", r"\b\d{8,15}-[a-z0-9]{32}\.apps\.googleusercontent\.com\b"),
    _key("firebase_cloud_key", r"\bAAAA[\w-]{7}:[\w-]{130,150}"),
    _key("huggingface_token", r"\b(?:hf|api_org)_[A-Za-z]{30,40}\b"),
    _key("replicate_token", r"\br8_[0-9A-Za-z]{37}\b"),
    _key("groq_key", r"\bgsk_[A-Za-z0-9]{48,56}\b"),
    _key("xai_key", r"\bxai-[A-Za-z0-9]{60,90}\b"),
    _key("perplexity_key", r"\bpplx-[A-Za-z0-9]{40,56}\b"),
    _key("fireworks_key", r"\bfw_[A-Za-z0-9]{22,40}\b"),
    _key("langsmith_key", r"\blsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}\b"),
    _key("promptguard_key", r"\bpg_(?:live|test|api|sk_test|sk_prod)_[\w-]{16,64}"),
    _key("twilio_key", r"\b(?:SK|AC)[0-9a-f]{32}\b"),
    _key("sendgrid_key", r"\bSG\.[\w-]{16,32}\.[\w-]{32,64}"),
    _key("mailgun_key", r"\b(?:key|pubkey)-[0-9a-f]{32}\b"),
    _key("mailchimp_key", r"\b[0-9a-f]{32}-us\d{1,2}\b"),
    _key("brevo_key", r"\bxkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}\b"),
    _key("npm_token", r"\bnpm_[A-Za-z0-9]{36}\b|_authToken\s?=\s?[\"']?([A-Za-z0-9/+_-]{20,}=*)"),
    _key("pypi_token", r"\bpypi-AgE[\w-]{50,}"),
    _key("rubygems_key", r"\brubygems_[0-9a-f]{48}\b"),
    _key("nuget_key", r"\boy2[a-z0-9]{43}\b"),
    _key("crates_token", r"\bcio[A-Za-z0-9]{32}\b"),
    _key("clojars_token", r"\bCLOJARS_[0-9a-z]{60}\b"),
    _key("docker_token", r"\bdckr_(?:pat|oat)_[\w-]{24,40}"),
    _key("digitalocean_token", r"\bdo[opr]_v1_[0-9a-f]{64}\b"),
    _key("heroku_key", r"\bHRKU-[\w-]{36,64}"),
    _key("shopify_token", r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b"),
    _key("square_token", r"\bsq0(?:atp|csp|idp)-[\w-]{22,43}|\bEAAA[a-zA-Z0-9_-]{60}\b"),
    _key("facebook_token", r"\bEAA[A-Za-z0-9]{80,220}\b"),
    _key("twitter_bearer", r"\bA{20,24}[A-Za-z0-9%]{40,120}"),
    _key("linear_key", r"\blin_(?:api|oauth)_[A-Za-z0-9]{40,64}\b"),
    _key("notion_token", r"\b(?:secret_[A-Za-z0-9]{43}|ntn_[A-Za-z0-9]{40,50})\b"),
    _key("airtable_token", r"\bpat[A-Za-z0-9]{14}\.[0-9a-f]{64}\b"),
    _key("asana_token", r"\b[12]/\d{16}(?:/\d{16})?:[0-9a-f]{32}\b"),
    _key("figma_token", r"\bfig[dour]?_[\w-]{38,48}"),
    _key("postman_key", r"\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b"),
    _key("newrelic_key", r"\bNR(?:AK|AA|AL|BR|JS|II|IQ|RA|SP)-[A-Za-z0-9]{19,32}|\b[0-9a-f]{36}NRAL\b"),
    _key("datadog_key", r"\bpub[0-9a-f]{32}\b"),
    _key("grafana_token", r"\b(?:glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/]{32,400}={0,3}|eyJrIjoi[A-Za-z0-9]{50,400}={0,3})"),
    _key("sentry_token", r"\bsntry[su]_[A-Za-z0-9+/=_-]{43,250}|https://[0-9a-f]{32}(?::[0-9a-f]{32})?@[\w.-]*sentry\.io/\d+"),
    _key("hashicorp_token", r"\bhv[bsr]\.[\w-]{24,300}|\b[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,70}"),
    _key("vault_legacy_token", r"(?i)vault[^\n]{0,30}\b(s\.[A-Za-z0-9]{24})\b"),
    _key("doppler_token", r"\bdp\.(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]{1,30}\.)?[A-Za-z0-9]{40,44}\b"),
    _key("planetscale_token", r"\bpscale_(?:tkn|oauth|pw)_[\w=.-]{30,64}"),
    _key("supabase_key", r"\bsbp_[0-9a-f]{40}\b|\bsb_secret_[\w-]{20,60}"),
    _key("databricks_token", r"\bdapi[0-9a-f]{32}(?:-\d)?\b"),
    _key("fly_token", r"\b(?:fo1_[\w-]{43}|fm[12][ar]?_[A-Za-z0-9+/_-]{80,}={0,3})"),
    _key("sourcegraph_token", r"\bsgp_(?:[0-9a-fA-F]{16}_|local_)?[0-9a-fA-F]{40}\b|\bslk_[0-9a-f]{64}\b"),
    _key("onepassword_token", r"\bops_eyJ[A-Za-z0-9+/]{120,}={0,3}|\bA3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}\b"),
    _key("age_key", r"\bAGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    _key("adafruit_key", r"\baio_[A-Za-z0-9]{28}\b"),
    _key("dynatrace_token", r"\bdt0[a-z]\d{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}\b"),
    _key("atlassian_token", r"\bATATT3[\w=-]{150,250}|\bATCTT3xFfG[\w=-]{150,250}|\bATBB[A-Za-z0-9]{32}\b"),
    _key("duffel_token", r"\bduffel_(?:test|live)_[\w=-]{43}"),
    _key("easypost_key", r"\bEZ[AT]K[A-Za-z0-9]{54}\b"),
    _key("flutterwave_key", r"\bFLW(?:PUBK|SECK)(?:_TEST)?-[0-9a-hA-H]{12,64}"),
    _key("infracost_key", r"\bico-[A-Za-z0-9]{32}\b"),
    _key("octopus_key", r"\bAPI-[A-Z0-9]{26}\b"),
    _key("prefect_key", r"\bpn[bu]_[A-Za-z0-9]{36}\b"),
    _key("pulumi_token", r"\bpul-[0-9a-f]{40}\b"),
    _key("readme_key", r"\brdme_[a-z0-9]{70}\b"),
    _key("shippo_token", r"\bshippo_(?:live|test)_[0-9a-f]{40}\b"),
    _key("typeform_token", r"\btfp_[\w=.-]{59}"),
    _key("sonar_token", r"\bsq[apu]_[0-9a-f]{40}\b"),
    _key("buildkite_token", r"\bbk(?:ua|at)_[0-9a-f]{40}\b"),
    _key("codacy_frame_key", r"\bfio-u-[\w=-]{64}"),
    _key("artifactory_token", r"\bAKC[a-zA-Z0-9]{10,80}\b|\bcmVmdGtu[A-Za-z0-9]{50,60}\b"),
    _key("clickhouse_key", r"\b4b1d[A-Za-z0-9]{38}\b"),
    _key("intra42_secret", r"\bs-s4t2(?:ud|af)-[0-9a-f]{64}\b"),
    _key("okta_token", r"(?i)(?:okta|ssws)[^\n]{0,40}\b(00[\w-]{39,40})\b"),
    _key("contentful_token", r"\bCFPAT-[\w-]{43}"),
    _key("yandex_key", r"\bAQVN[\w-]{35,38}|\bt1\.[A-Z0-9a-z_-]{30,}={0,2}\.[A-Z0-9a-z_-]{86}={0,2}"),
    _key("alibaba_key", r"\bLTAI[A-Za-z0-9]{16,24}\b"),
    _key("tencent_key", r"\bAKID[A-Za-z0-9]{32}\b"),
    _key("telegram_token", r"\b\d{8,10}:AA[\w-]{32,33}"),
    _key("azure_ad_secret", r"\b[\w~.-]{3}\dQ~[\w~.-]{31,34}"),
    _key("azure_storage_key", r"(?i)(?:AccountKey|SharedAccessKey|AccessKey|AZURE[A-Z_]{0,20}KEY)[\"']?\s{0,2}[=:]\s{0,2}[\"']?([A-Za-z0-9+/]{42,88}={0,2})"),
    _key("azure_function_key", r"(?i)[?&]code=([A-Za-z0-9_/=%-]{44,64})"),
    _key("json_web_token", r"\bey[A-Za-z0-9_-]{15,}\.ey[A-Za-z0-9_-]{15,}\.?[A-Za-z0-9_-]{0,800}"),
    _key("databento_key", r"\bdb-[A-Za-z0-9]{29}\b"),
    _key("age_recipient", r"\bage1[qpzry9x8gf2tvdw0s3jn54khce6mua7l]{58}\b"),
    _key("thingsboard_jwt_cookie", r"\b_vercel_jwt=[\w.-]{40,}"),
    _key("kubernetes_bootstrap", r"\b[a-z0-9]{6}\.[a-z0-9]{16}\b(?:[^\n]{0,40}discovery-token)"),
    _secret("private_key_block", r"-----BEGIN[ A-Z0-9_-]{0,60}PRIVATE KEY(?: BLOCK)?-----[^-]+(?:-----END[ A-Z0-9_-]{0,60}PRIVATE KEY(?: BLOCK)?-----)?", "private_key", 0.99),
    _secret("private_key_header", r"-----BEGIN[ A-Z0-9_-]{0,60}PRIVATE KEY(?: BLOCK)?-----", "private_key", 0.9),
    _secret("putty_private_key", r"PuTTY-User-Key-File-\d[^-]+Private-Lines", "private_key", 0.97),
    _secret("connection_string", r"(?i)\b(?:[a-z][a-z0-9+.-]{1,20})://[^\s:/@\"'<>]{0,64}:([^\s/@\"'<>]{3,128})@[\w.\[-]", "password"),
    _secret("odbc_password", r"(?i)(?:User ?Id|Uid|User|Username)\s?=[^;\n]{1,64};[^\n]{0,200}?(?:Password|Pwd)\s?=\s?([^;\s\"']{3,128})"),
    _secret("odbc_password_first", r"(?i)(?:Server|Data Source|Host|Driver)\s?=[^\n]{1,200}?;\s{0,3}(?:Password|Pwd)\s?=\s?([^;\s\"']{3,128})"),
    _secret("basic_authorization", r"(?i)\bauthorization[\"']?\s?[:=]\s?[\"']?basic\s+([A-Za-z0-9+/]{8,200}={0,2})"),
    _secret("bearer_authorization", r"(?i)\bauthorization[\"']?\s?[:=]\s?[\"']?(?:bearer|token)\s+([A-Za-z0-9._~+/-]{16,800}=*)", "token"),
    _secret("curl_user", r"(?i)\bcurl\b[^\n]{0,300}?(?:\s-u|\s--user)[\s=]{0,2}[\"']?[^\s:\"']{0,64}:([^\s\"']{3,128})"),
    _secret("command_line_password", r"(?i)(?:\s--?p(?:ass(?:word|wd)?)?[= ]|net\s+user\s+\S+\s+|psexec[^\n]{0,120}-p\s+)[\"']?([^\s\"'-][^\s\"']{5,64})", confidence=0.8),
    _secret("password_hash", r"\$(?:2[abxy]|1|5|6|y|argon2(?:id|i|d))\$[\w./,=+-]{1,60}\$?[\w./$+=-]{20,120}", "password_hash", 0.95),
    _secret("kerberos_ticket", r"\$krb5(?:tgs|asrep)\$\d{2}\$[^\s]+", "password_hash", 0.97),
    _secret("secure_string", r"(?i)ConvertTo-SecureString\s+(?:-String\s+)?[\"']([^\"'\n]{4,128})[\"']"),
)
