# ruff: noqa: E501, S105 — a rule is one line, so that the table can be read and compared
# fmt: off
"""Credentials without a shape of their own: a telling name, an assignment, and a value that looks random."""

from __future__ import annotations

import math
import re

from promptguard.guard.engine.detectors.secrets.patterns import SecretPattern

_NAME = r"(?:api[_-]?key|api[_-]?secret|api[_-]?token|access[_-]?key(?:[_-]?id)?|secret[_-]?(?:access[_-]?)?key|secret|client[_-]?secret|auth[_-]?token|access[_-]?token|refresh[_-]?token|bearer[_-]?token|private[_-]?token|token|credentials?|encryption[_-]?key|signing[_-]?key|master[_-]?key|private[_-]?key|consumer[_-]?(?:key|secret)|app[_-]?(?:key|secret)|account[_-]?key|license[_-]?key|webhook[_-]?secret|deploy[_-]?key|service[_-]?key|[a-z]{2,20}[_-](?:key|token|secret))"
_PASSWORD = r"(?:pass(?:word|wd|phrase|code)?|pwd|passwort|contrase(?:n|ñ)a|mot[ _]de[ _]passe|senha|kennwort|(?:db|root|admin|user|login|smtp|mysql|postgres|redis)[_-]?pass(?:word|wd)?)"
_ASSIGN = r"[\"'`]?\s{0,24}(?:=>|:=|={1,3}|:|,|\|\|:|\bis\b|\bto\b)\s{0,24}(?:=\s{0,2})?[\"'`]{0,3}"

ASSIGNMENTS: tuple[SecretPattern, ...] = (
    SecretPattern("assigned_token", rf"(?i){_NAME}{_ASSIGN}([\w./+=~!@#$%^&*-]{{12,256}})", "api_key", "api_key_leak", 0.85, 3.3),
    SecretPattern("assigned_password", rf"(?i)\b[\w.-]{{0,30}}{_PASSWORD}{_ASSIGN}([^\s\"'`,;<>{{}}\[\]()]{{6,128}})", "password", "secret_key_leak", 0.85, 2.2),
    SecretPattern("quoted_password", rf"(?i)\b[\w.-]{{0,30}}{_PASSWORD}[\"'`]?\s{{0,8}}(?:=>|:=|={{1,3}}|:|\bis\b)\s{{0,8}}[\"'`]([^\"'`\n]{{6,128}})[\"'`]", "password", "secret_key_leak", 0.85, 2.2),
    SecretPattern("aws_secret_near_key", r"(?i)(?:aws|amazon|akia|asia|secret)[^\n]{0,60}[^A-Za-z0-9/+]([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)", "api_key", "api_key_leak", 0.9, 4.2),
    SecretPattern("vendor_hex_key", r"(?i)\b(?:auth0|adobe|algolia|amplitude|asana|beamer|bitbucket|bitly|blynk|circleci|cloudflare|codecov|cohere|coinbase|confluent|dropbox|fastly|finicity|gitter|heroku|intercom|jenkins|jira|kraken|kucoin|lob|meraki|messagebird|mattermost|newrelic|nytimes|opsgenie|pagerduty|particle|plaid|postmark|sauce|segment|sidekiq|snyk|sonar|square|sumo|telegram|travis|trello|truenas|twitch|twitter|vmware|zendesk|react_app|bundle_enterprise|x-api-key|x-cisco-meraki-api-key|apikey|okta|facebook|fb|gradle|azure|google|sumologic)[\w.\"' -]{0,40}(?:=>|:=|=|:|,)\s{0,24}[\"'`]{0,2}([\w./+=~-]{16,128})", "api_key", "api_key_leak", 0.85, 3.0),
)

# Passwords in prose and in lists of leaked accounts: nothing is assigned, so that the value itself has to look like one.
_TOLD = r"\b(?:password|passwd|passcode|passphrase|passwort|kennwort|contrase(?:n|ñ)a|mot[ _]de[ _]passe|senha)"
_CHOSEN = r"([^\s\"'`<>(){}\[\]|]{5,63}[^\s\"'`<>(){}\[\]|.,;:])"
BESIDE: tuple[SecretPattern, ...] = (
    SecretPattern("password_beside", rf"(?i){_TOLD}\s{{1,3}}(?:was\s|of\s|called\s)?{_CHOSEN}", "password", "secret_key_leak", 0.8, 2.2),
    SecretPattern("password_quoted_beside", rf"(?i){_TOLD}\s{{1,3}}(?:was\s|of\s|called\s)?[\"'`“‘«]([^\s\"'`]{{3,64}}(?:\s[^\s\"'`]{{2,64}})?)[\"'`”’»]", "password", "secret_key_leak", 0.8, 2.2),
    SecretPattern("leaked_account", rf"(?i)[\w.+-]{{1,64}}@[\w-]{{1,63}}(?:\.[\w-]{{2,63}}){{1,4}}(?::|\s?\|\s?|\s/\s){_CHOSEN}", "password", "secret_key_leak", 0.8, 2.2),
)

# Passwords that are words: only where nothing but a password can stand.
_SECRET_NAME = r"[\w.-]{0,40}(?:password|passwd|passphrase|pwd|_pass)"
WORDS: tuple[SecretPattern, ...] = (
    SecretPattern("password_in_settings", rf"(?im)^[ \t]{{0,12}}(?:#\s?)?(?:export\s)?{_SECRET_NAME}\s?=\s?([^\s\"'`,;<>{{}}\[\]()$]{{6,64}})(?:\s{{1,8}}#[^\n]*)?\s*$", "password", "secret_key_leak", 0.8, 1.5),
    SecretPattern("password_quoted", rf"(?i)\b{_SECRET_NAME}[\"'`]?\s{{0,24}}(?:=>|:=|[!=]={{0,2}}|:)\s{{0,24}}(?:\"([^\"\s]{{6,64}})\"|'([^'\s]{{6,64}})')", "password", "secret_key_leak", 0.8, 1.5),
    SecretPattern("secret_compared", r"(?i)\b[\w.]{0,40}(?:secret|password)\s?[!=]={1,2}\s?[\"']([^\"'\s]{5,64})[\"']", "password", "secret_key_leak", 0.8, 1.5),
    SecretPattern("password_told", r"(?i)\bpassword(?:\sfor\s[^\n]{1,40})?\sis\s[\"']([^\"'\s]{4,64})[\"']", "password", "secret_key_leak", 0.8, 1.5),
)
_NO_PASSWORD = re.compile(
    r"(?i)^[\W_]*$|^(?:re_?|old_?|new_?|the_?|your_?|current_?|confirm_?|user_?|show_?|forgot_?|reset_?|change_?|enter_?)*"
    r"(?:pass(?:word|wd|phrase|wort|code)?s?|pwd|passwrod|contrase(?:n|ñ)a|kennwort|wachtwoord|senha|parol[ae]?|has[lł]o|mot_?de_?passe)"
    r"(?:_?(?:here|field|label|input|confirmation|hash|required|reset|policy|again))?[:!?.]?$|^(?:string|text|varchar|char|bytes|object|"
    r"number|boolean|required|optional|hidden|disabled|enabled|function|undefined|username|placeholder|invalid|incorrect|wrong|empty|missing|"
    r"masked|encrypted|hashed|plaintext|basic|default|random|generated|unknown|nullable|validation|authentication|credentials?)$|"
    r"[({<\[$%]|\w\.\w|->|::|^[#/.]|^(.)\1+$|your|example|x{4,}|\*{3,}|\.{3,}|change_?me"
)
_PLACEHOLDER = re.compile(
    r"(?i)^[\W_]*$|^(.)\1+$|x{5,}|\*{3,}|\.{3,}|your|my[_-]?(?:api|secret|token|pass|key)|example|sample|dummy|placeholder|change[_-]?me|"
    r"replace|insert|todo|redacted|<[^>]*>|\$\{|\{\{|%\w+%|^\$[A-Za-z_]\w*$|^(?:true|false|null|none|undefined|test|password|secret|string|"
    r"required|optional|token|enabled|disabled)$|process\.env|os\.environ|getenv|secrets?\.|vault[./]|^(?:https?|file|s3)://[^:@]*$|_here$|"
    r"^[a-z]+(?:[_.-][a-z]+)+$|^[A-Z]+(?:_[A-Z]+)+$|123456789|abcdefgh"
)
_FILLER = re.compile(r"(?i)x{5,}|\*{3,}|\.{3,}|#{5,}|your[_-]|_here|<[^>]*>|\$\{|\{\{|^(?:pass|password|pw|user)$")
_SYMBOL = re.compile(r"[!@#$%^&*?~]")
_ADDRESS = re.compile(r"^[^@\s]+@[\w-]+\.[\w.-]+$|/")
_PLAIN_WORD = re.compile(r"^[a-z]+$|^[A-Z]?[a-z]+(?:[A-Z][a-z]+)*$|^[A-Z]+$")
_CODE_LIKE = re.compile(r"[\w\])]\(|\.\w+\.|^[a-z_]+\.[a-z_]+|->|::|^/[\w/.-]+$|^\./|^[a-z]+://[^@]*$|^\d{1,4}(?:[-/.:]\d{1,4})+$")


def entropy(value: str) -> float:
    """Shannon entropy in bits per character."""
    length = len(value)
    # In order, so that the sum is the same in every process.
    counts = sorted(map(value.count, set(value)))
    return math.log2(length) - sum(count * math.log2(count) for count in counts if count > 1) / length


def is_placeholder(value: str) -> bool:
    """Whether the value stands in for a secret rather than being one."""
    return _PLACEHOLDER.search(value) is not None


def is_secret_word(value: str) -> bool:
    """Whether a word in a password's place is one, and not a type, a label or an expression."""
    return _NO_PASSWORD.search(value) is None


def is_filler(value: str) -> bool:
    """Whether a value in an issuer's format is plainly blanked out."""
    return _FILLER.search(value) is not None


def looks_chosen(value: str) -> bool:
    """Whether a word is one that only a password is made of: letters with a digit or both cases, and a symbol."""
    if is_placeholder(value) or _ADDRESS.search(value) or not any(map(str.isalpha, value)):
        return False
    mixed = any(map(str.isupper, value)) and any(map(str.islower, value))
    return (mixed or any(map(str.isdigit, value))) and _SYMBOL.search(value) is not None


def looks_random(pattern: SecretPattern, value: str) -> bool:
    """Whether an assigned value is a credential and not a word, a path, a number or an expression."""
    if is_placeholder(value) or _CODE_LIKE.search(value):
        return False
    if entropy(value) < pattern.min_entropy:
        return False
    has_digit = any(map(str.isdigit, value))
    if pattern.entity == "password":
        symbols = any(not char.isalnum() for char in value)
        mixed = any(map(str.isupper, value)) and any(map(str.islower, value))
        return (has_digit or symbols) and (mixed or symbols or has_digit) and not _PLAIN_WORD.match(value)
    return has_digit and any(map(str.isalpha, value)) and not _PLAIN_WORD.match(value)
