# ruff: noqa: E501 — a rule is one line, so that the table can be read and compared
# fmt: off
"""Weaknesses in code, by CWE number: what a reviewer stops at, in the languages models write most."""

from __future__ import annotations

from typing import NamedTuple


class Weakness(NamedTuple):
    """A pattern for one weakness; `cwe` is its number in the Common Weakness Enumeration."""

    id: str
    cwe: int
    weight: float
    pattern: str


WEAKNESSES: tuple[Weakness, ...] = (
    Weakness("sql_concatenation", 89, 0.75, r"(?i)(?:execute|query|raw|executescript|prepare)\s?\(\s?(?:f[\"']|[\"'][^\"'\n]{0,200}(?:select|insert|update|delete)\b[^\"'\n]{0,200}[\"']\s?(?:\+|%|\.format))[^\n]{0,200}"),
    Weakness("sql_interpolation", 89, 0.7, r"(?i)f[\"'](?:select|insert into|update|delete from)\b[^\"'\n]{0,200}\{[^}\n]{1,60}\}|`(?:select|insert into|update|delete from)\b[^`\n]{0,200}\$\{[^}\n]{1,60}\}"),
    Weakness("shell_injection", 78, 0.75, r"\bos\.system\s?\([^)\n]{0,100}(?:\+|%|\.format|f[\"'])|subprocess\.\w+\([^)\n]{0,200}shell\s?=\s?True|child_process\.exec\s?\([^)\n]{0,100}(?:\+|\$\{)|Runtime\.getRuntime\(\)\.exec\([^)\n]{0,80}\+"),
    Weakness("eval_of_input", 95, 0.8, r"\beval\s?\(\s?(?:input|request|req\.|params|argv|sys\.argv|\$_(?:GET|POST|REQUEST))|\bexec\s?\(\s?(?:request|input|req\.)"),
    Weakness("unsafe_deserialisation", 502, 0.7, r"\bpickle\.loads?\s?\(|\byaml\.load\s?\((?:[^)\n]{0,80})\)(?:\s|$)|\bunserialize\s?\(\s?\$_|ObjectInputStream\([^)\n]{0,60}\)\.readObject|marshal\.loads\s?\("),
    Weakness("certificate_check_off", 295, 0.7, r"verify\s?=\s?False|rejectUnauthorized\s?:\s?false|InsecureSkipVerify\s?:\s?true|CURLOPT_SSL_VERIFYPEER\s?,\s?(?:0|false)|NODE_TLS_REJECT_UNAUTHORIZED\s?=\s?[\"']?0|ssl\._create_unverified_context"),
    Weakness("weak_hash_of_password", 916, 0.6, r"(?i)\b(?:md5|sha1)\s?\(\s?[^)\n]{0,40}(?:password|passwd|pwd)|hashlib\.(?:md5|sha1)\([^)\n]{0,40}(?:password|passwd)"),
    Weakness("weak_cipher", 327, 0.6, r"\b(?:DES|RC4|ARC4|Blowfish)\.new\s?\(|AES\.MODE_ECB|Cipher\.getInstance\(\"(?:DES|RC4|AES/ECB)|createCipher\([\"'](?:des|rc4)"),
    Weakness("cross_site_scripting", 79, 0.65, r"\.innerHTML\s?=\s?[^;\n]{0,80}(?:location|document\.URL|params|input|query|\+)|document\.write\s?\([^)\n]{0,80}location|dangerouslySetInnerHTML|\|\s?safe\b|echo\s+\$_(?:GET|POST|REQUEST)"),
    Weakness("path_traversal", 22, 0.6, r"open\s?\(\s?(?:request|req\.|params|f[\"'][^\"'\n]{0,60}\{(?:request|filename|path|name)|os\.path\.join\([^)\n]{0,60}request)|sendFile\s?\(\s?req\."),
    Weakness("server_side_request", 918, 0.6, r"requests\.(?:get|post)\s?\(\s?request\.|urllib\.request\.urlopen\s?\(\s?request\.|fetch\s?\(\s?req\.(?:query|body|params)|file_get_contents\s?\(\s?\$_"),
    Weakness("debug_in_production", 489, 0.5, r"app\.run\s?\([^)\n]{0,80}debug\s?=\s?True|\bDEBUG\s?=\s?True\b"),
    Weakness("open_cross_origin", 942, 0.5, r"(?i)Access-Control-Allow-Origin[\"']?\s?[:,]\s?[\"']\*[\"']|allow_origins\s?=\s?\[\s?[\"']\*[\"']"),
    Weakness("world_writable", 732, 0.5, r"\bchmod\s+(?:-R\s+)?0?777\b|os\.chmod\([^)\n]{0,60}0o777"),
    Weakness("unbounded_copy", 120, 0.65, r"\b(?:gets|strcpy|strcat|sprintf|vsprintf)\s?\(\s?\w+"),
    Weakness("format_string", 134, 0.5, r"\bprintf\s?\(\s?(?:argv|buf|input|user\w*)\s?(?:\[|\))"),
    Weakness("predictable_random", 338, 0.5, r"(?i)(?:token|secret|password|session|otp|nonce|key)\w*\s?=\s?[^\n]{0,40}\b(?:random\.(?:random|randint|choice)|Math\.random|rand)\s?\("),
    Weakness("jwt_without_signature", 347, 0.7, r"(?i)jwt\.decode\s?\([^)\n]{0,120}(?:verify\s?=\s?False|verify_signature[\"']\s?:\s?False|algorithms?\s?=\s?\[?[\"']none)"),
    Weakness("xml_external_entity", 611, 0.65, r"<!ENTITY\s+\w+\s+SYSTEM\s|resolve_entities\s?=\s?True|LIBXML_NOENT"),
    Weakness("temporary_file_race", 377, 0.5, r"\btempfile\.mktemp\s?\(|\btmpnam\s?\("),
)
