# ruff: noqa: E501 — a rule is one line, so that the table can be read and compared
# fmt: off
"""The table of recognisers: what each entity looks like, how it is checked, and which words make it likely."""

from __future__ import annotations

from typing import NamedTuple

from promptguard.guard.engine.detectors.pii import checks
from promptguard.guard.engine.detectors.pii.checks import Check, has_digits, stdnum


class Recognizer(NamedTuple):
    """One way an entity appears.

    Attributes:
        pattern: RE2 source; group 1, when present, is the value.
        context: words near the value; with `needs_context` one of them must stand within 50 characters before it.
    """

    entity: str
    pattern: str
    confidence: float
    check: Check | None = None
    context: tuple[str, ...] = ()
    needs_context: bool = False


LABEL_START = r"(?i)(?:^|[^\pL\d])"


def _labelled(entity: str, label: str, value: str, confidence: float = 0.85, check: Check | None = None) -> Recognizer:
    gap = r"(?:[\s_-]{0,3}(?:no|num|number|nr|id|code|card|#)\b\.?)?(?:[^\n\pL\d\[\]]{1,5}|[^\n\pL\d\[\]]{0,3}\b(?:is|was|of|are|for\s\w{1,12}\sis|ending\s(?:in|with)|number)\b[^\n\pL\d\[\]]{0,4})"
    return Recognizer(entity, rf"{LABEL_START}(?:{label}){gap}({value})", confidence, check)


_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = rf"(?:\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}|\d{{4}}[./-]\d{{1,2}}[./-]\d{{1,2}}|\d{{1,2}}(?:st|nd|rd|th)?\s{_MONTH},?\s\d{{4}}|{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}})"
_STREET = r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Parkway|Pkwy|Circle|Highway|Hwy|Close|Crescent|Way)"
_NAME = r"[A-Z][A-Za-z'’-]{1,20}(?:\s(?:[A-Z]\.|[A-Z][A-Za-z'’-]{1,20})){0,3}"

RECOGNIZERS: tuple[Recognizer, ...] = (
    Recognizer("email", r"[\pL\d._%+'-]+@(?:[\pL\d-]+\.)+\pL\pL+", 0.99, checks.email),
    Recognizer("email", r"(?i)\b[a-z\d._%+-]{2,40}\s?[\[({]\s?at\s?[\])}]\s?[a-z\d-]{2,40}(?:\s?[\[({]\s?dot\s?[\])}]\s?|\.)[a-z]{2,10}\b", 0.9),
    Recognizer("email", r"(?i)\b[a-z\d._%+-]{2,40} at [a-z\d-]{2,40} dot (?:com|org|net|edu|gov|io|de|fr|co)\b", 0.85),
    Recognizer("phone", r"\+\d{1,3}[ .()/-]{0,3}(?:\(0\) ?)?\d{1,4}(?:[ .()/-]{0,2}\d{1,5}){1,5}", 0.9, checks.international_phone),
    Recognizer("phone", r"\b00[1-9]\d{0,2}[ ./-]\d{1,4}(?:[ ./-]?\d{2,5}){1,4}\b", 0.75, checks.phone),
    _labelled("phone", r"phone|tel(?:ephone|efon|efono)?|mobile|cell(?:phone)?|call(?:\sme)?(?:\s(?:at|on))?|fax|whatsapp|text\sme\sat|reach\sme\s(?:at|on)|contact\s(?:me\s)?(?:at|on)|ring|handy|portable|telefone|celular|numero|m[oó]vil", r"\(?\d{1,5}\)?(?:[ .()/-]{0,2}\d{1,6}){1,6}", 0.85, checks.phone),
    Recognizer("phone", r"(?i)(?:phone|tel|mobile|fax|cell|desk|office)\s{0,2}:\s{1,3}(\(?\d{1,5}\)?(?:[ .()/-]{0,2}\d{1,6}){1,6})", 0.85, checks.phone),
    Recognizer("phone", r"(?i)\b(?:answering|messages?|registered|reach(?:able|ed)?|dial|text|sms|number)\s(?:me\s|us\s)?(?:at|to|on|is|under)?\s?(\(?\d{1,5}\)?(?:[ .()/-]{0,2}\d{1,6}){1,6})", 0.75, checks.phone),
    Recognizer("phone", r"(?i)\b(\(?\d{1,5}\)?(?:[ .()/-]{1,2}\d{2,6}){1,5})[ -](?:office|fax|mobile|home|cell)\b", 0.8, checks.phone),
    Recognizer("phone", r"\b0[1-9]\d{1,3}[ .-]\d{3,4}[ .-]?\d{3,4}\b", 0.7, checks.phone),
    Recognizer("phone", r"\b0[1-9](?:[ .-]\d{2}){4}\b", 0.8, checks.phone),
    Recognizer("phone_us", r"(?:\+?1[ .-]?)?\(?\b[2-9]\d{2}\)?[ .-]{1,2}[2-9]\d{2}[ .-]\d{4}(?:\s?(?:x|ext\.?)\s?\d{1,6})?\b", 0.88, checks.nanp),
    Recognizer("phone_us", r"\([2-9]\d{2}\)\s?[2-9]\d{2}[ .-]?\d{4}\b", 0.9, checks.nanp),
    Recognizer("ssn", r"\b\d{3}-\d{2}-\d{4}\b", 0.95, checks.ssn),
    Recognizer("ssn", r"\b\d{3}[ .]\d{2}[ .]\d{4}\b", 0.8, checks.ssn, ("ssn", "social", "security"), True),
    _labelled("ssn", r"ssn|social\s(?:security|sec)|ss#", r"\d{3}[ .-]?\d{2}[ .-]?\d{4}\b", 0.97, checks.ssn),
    Recognizer("us_itin", r"\b9\d{2}[- ][5-9]\d[- ]\d{4}\b", 0.9, checks.itin),
    Recognizer("us_ein", r"\b\d{2}-\d{7}\b", 0.85, has_digits(9), ("ein", "employer", "tax", "fein", "irs"), True),
    Recognizer("credit_card", r"\b(?:\d{12,19}|\d{4}[ .-]?\d{4}[ .-]?\d{4}[ .-]?\d{1,4}(?:[ .-]\d{3})?|\d{4}[ .-]\d{6}[ .-]\d{4,5}|\d(?:[ -]\d){12,18})\b", 0.97, checks.credit_card),
    _labelled("credit_card", r"(?:credit|debit|payment)?\s?card(?:\snumber)?|visa|mastercard|amex", r"\d{4}[ -]?[\d*xX]{4,6}[ -]?[\d*xX]{4,5}[ -]?[\d*xX]{0,4}\b", 0.85, has_digits(8)),
    _labelled("card_cvv", r"cvv2?|cvc2?|card\sverification|security\scode", r"\d{3,4}\b", 0.9),
    Recognizer("iban", r"(?i)\b[A-Z]{2}\d{2}(?:[ -]?[A-Z\d]{4}){2,7}(?:[ -]?[A-Z\d]{1,4})?\b", 0.99, stdnum("iban")),
    _labelled("iban", r"iban", r"[A-Z]{2}\d{2}[ ]?(?:[A-Z\d]{2,4}[ ]?){2,8}[A-Z\d]{1,4}\b", 0.85, has_digits(6)),
    _labelled("swift_bic", r"swift|bic|swift/bic", r"[A-Z]{4}[A-Z]{2}[A-Z\d]{2}(?:[A-Z\d]{3})?\b", 0.85),
    _labelled("bank_account", r"(?:bank\s)?acc(?:(?:oun)?t)?(?:\s?(?:no|num|number|#))?|a/c|kontonummer|bank\saccount|checking|savings\saccount", r"[A-Z]{0,9}\d[\d -]{5,18}\d\b", 0.85, has_digits(7)),
    _labelled("us_routing_number", r"routing(?:\snumber)?|aba|rtn", r"\d{9}\b", 0.92, checks.aba),
    _labelled("uk_sort_code", r"sort\s?code", r"\d{2}[- ]?\d{2}[- ]?\d{2}\b", 0.9),
    _labelled("passport", r"passport|passnummer|passeport|pasaporte|reisepass", r"[A-Z]{0,3}\d{6,9}[A-Z]?\b", 0.9, has_digits(6)),
    _labelled("driver_license", r"driv(?:er'?s?|ing)\s?licen[cs]e|dl|licen[cs]e|f[uü]hrerschein|dln", r"[A-Z]{0,5}[-\s:]?\d[A-Z\d-]{4,18}\b", 0.85, has_digits(5)),
    _labelled("date_of_birth", r"dob|d\.o\.b\.?|date\sof\sbirth|birth\s?date|birthday|born(?:\son)?|geburtsdatum|geboren(?:\sam)?|n[ée]e?\sle|fecha\sde\snacimiento", rf"{_DATE}", 0.92),
    Recognizer("address", rf"\b\d{{1,6}}[A-Za-z]?\s(?:[NSEW]\.?\s)?(?:[A-Z][A-Za-z'.-]{{1,20}}\s){{1,4}}{_STREET}\b\.?(?:,?\s(?:Apt|Apartment|Suite|Ste|Unit|Flat|#)\.?\s?[\w-]{{1,6}})?(?:,?\s[A-Z][A-Za-z .'-]{{1,30}},?\s[A-Z]{{2}}\s\d{{5}}(?:-\d{{4}})?)?", 0.85),
    Recognizer("address", r"(?i)\bP\.?\s?O\.?\sBox\s\d{1,6}\b", 0.85),
    Recognizer("address", r"\b[A-Z][A-Za-z]{2,25}(?:str(?:a(?:ss|ß)e|\.)|weg|platz|allee|gasse)\s\d{1,4}[a-z]?(?:,?\s\d{5}\s[A-Z][A-Za-z]{2,25})?", 0.85),
    Recognizer("address", r"\b\d{1,4},?\s(?:bis\s|ter\s)?(?:rue|avenue|boulevard|place|chemin|impasse|all[ée]e|quai)\s(?:de\s|du\s|des\s|la\s|le\s|l'|d'){0,3}[A-Z][A-Za-z'-]{1,25}(?:\s[A-Z][A-Za-z'-]{1,25}){0,3}", 0.85),
    Recognizer("address", r"\b(?:GIR\s?0AA|[A-PR-UWYZ]\d{1,2}[A-HJKPSTUW]?\s\d[ABD-HJLNP-UW-Z]{2}|[A-PR-UWYZ][A-HK-Y]\d{1,2}[A-Z]?\s\d[ABD-HJLNP-UW-Z]{2})\b", 0.75),
    Recognizer("name", rf"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau|Mme|Mlle|Sr|Sra|Don)\.?\s({_NAME})", 0.8),
    Recognizer("name", rf"\b(?:[Mm]y\s(?:full\s|real\s)?name\sis|I(?:'m|\sam)\scalled|[Mm]ein\sName\sist|[Ii]ch\shei(?:ss|ß)e|[Jj]e\sm'appelle|[Mm]e\sllamo|[Mm]i\snombre\ses|[Nn]ame:|[Pp]atient(?:\sname)?:|[Cc]ustomer(?:\sname)?:|[Cc]lient:|[Dd]ear|[Ss]igned,|[Rr]egards,)\s{{1,2}}({_NAME})", 0.8),
    _labelled("username", r"user\s?name|userid|user\sid|login|handle", r"[\w.@-]{3,40}", 0.75),
    Recognizer("ip_address", r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", 0.9, checks.ipv4),
    Recognizer("ipv6_address", r"(?i)\b(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4}){1,6}\b", 0.9, checks.ipv6),
    Recognizer("mac_address", r"(?i)\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b|\b[0-9a-f]{2}(?:-[0-9a-f]{2}){5}\b", 0.9),
    _labelled("imei", r"imei", r"\d{2}[ -]?\d{6}[ -]?\d{6}[ -]?\d\b", 0.95, checks.luhn_digits),
    Recognizer("vin", r"\b[A-HJ-NPR-Z\d]{17}\b", 0.85, has_digits(5), ("vin", "vehicle", "chassis"), True),
    _labelled("license_plate", r"licen[cs]e\splate|plate(?:\snumber)?|registration(?:\snumber)?|kennzeichen|number\splate", r"[A-Z]{1,3}[- ]?[A-Z\d]{1,4}[- ]?[A-Z\d]{1,4}\b", 0.75, has_digits(1)),
    Recognizer("geo_coordinates", r"-?\b\d{1,2}\.\d{4,8}\s?,\s?-?\d{1,3}\.\d{4,8}\b", 0.85, checks.coordinates),
    _labelled("medical_record", r"m\.?r\.?n\.?|medical\srecord|patient\s(?:id|number|no)|patient|chart|health\srecord|pid", r"[#A-Z]{0,6}[-_#]?[A-Z\d-]{0,4}\d{4,12}[A-Z]?\b", 0.88, has_digits(4)),
    Recognizer("medical_record", r"\b(?:MRN|PID)[-_:# ]{1,2}\d{5,12}\b", 0.92),
    _labelled("health_insurance_id", r"(?:health\s)?insurance(?:\s(?:policy|member|id))?|member\sid|policy(?:holder)?(?:\s(?:number|id|no))?|krankenversicher\w{0,12}|group\snumber|subscriber\sid", r"[#A-Z]{0,5}[-\d][A-Z\d-]{4,16}\b", 0.85, has_digits(4)),
    _labelled("us_npi", r"npi", r"[12]\d{9}\b", 0.95, checks.npi),
    Recognizer("us_dea", r"\b[ABFGMPR][A-Z9]\d{7}\b", 0.9, checks.dea),
    Recognizer("us_mbi", r"\b[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y\d]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y\d]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}\b", 0.85),
    _labelled("tax_id", r"tax(?:payer)?(?:\s?id(?:entification)?)?|tin|atin|steuer-?(?:id|nummer)|vat|tax\snumber|nif|rfc", r"[A-Z]{0,3}\d[\d -]{5,12}\d[A-Z]?\b", 0.85, has_digits(7)),
    _labelled("employee_id", r"employee|staff|personnel|badge|emp", r"[A-Z]{0,4}-?\d{4,10}\b", 0.8, has_digits(4)),
    _labelled("customer_id", r"(?:customer|client|member|account|case|reference|identification|loan|id|user)\s?(?:id|number|no\.?|#)|national\sid", r"[A-Z]{0,5}-?\d[A-Z\d-]{4,16}\b", 0.75, has_digits(5)),
    Recognizer("uk_nhs", r"\b\d{3}[ -]\d{3}[ -]\d{4}\b", 0.9, stdnum("gb.nhs"), ("nhs", "patient", "health"), True),
    _labelled("uk_nhs", r"nhs", r"\d{3}[ -]?\d{3}[ -]?\d{4}\b", 0.95, stdnum("gb.nhs")),
    Recognizer("uk_nino", r"(?i)\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", 0.88),
    _labelled("uk_utr", r"utr|unique\staxpayer\sreference", r"\d{5} ?\d{5}\b", 0.9),
    Recognizer("ca_sin", r"\b\d{3}[- ]\d{3}[- ]\d{3}\b", 0.85, stdnum("ca.sin"), ("sin", "social insurance", "canad", "nas"), True),
    _labelled("au_tfn", r"tfn|tax\sfile", r"\d{3} ?\d{3} ?\d{2,3}\b", 0.93, stdnum("au.tfn")),
    _labelled("au_medicare", r"medicare", r"[2-6]\d{3} ?\d{5} ?\d\b", 0.9),
    Recognizer("in_aadhaar", r"\b[2-9]\d{3} \d{4} \d{4}\b", 0.92, stdnum("in_.aadhaar")),
    _labelled("in_aadhaar", r"aadha?ar|uidai|uid", r"\d{4}[ -]?\d{4}[ -]?\d{4,6}\b", 0.9),
    Recognizer("in_pan", r"\b[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]\b", 0.9),
    _labelled("in_pan", r"pan", r"[A-Z]{3,10}\d{3,6}[A-Z]{0,2}\b", 0.8, has_digits(3)),
    _labelled("in_voter_id", r"voter|epic", r"[A-Z]{3,5}\d{7,10}\b", 0.9),
    Recognizer("in_gstin", r"\b\d{2}[A-Z]{5}\d{4}[A-Z][A-Z\d]Z[A-Z\d]\b", 0.93),
    _labelled("de_tax_id", r"steuer-?(?:id|identifikationsnummer)|idnr", r"\d{2} ?\d{3} ?\d{3} ?\d{3}\b", 0.95, stdnum("de.idnr")),
    _labelled("de_id_card", r"personalausweis(?:nummer)?|ausweis(?:nummer)?", r"[A-Z\d]{9,10}\b", 0.85, has_digits(3)),
    Recognizer("fr_nir", r"\b[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}\b", 0.95, stdnum("fr.nir")),
    Recognizer("es_nif", r"(?i)\b(?:[XYZ]-?\d{7}|\d{8})-?[A-HJ-NP-TV-Z]\b", 0.92, stdnum("es.nif")),
    _labelled("es_nif", r"dni|nie|nif", r"(?:[XYZ]-?\d{7}|\d{8})-?[A-Z]\b", 0.85),
    Recognizer("it_codice_fiscale", r"(?i)\b[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z]\b", 0.95, stdnum("it.codicefiscale")),
    _labelled("pt_nif", r"nif|contribuinte", r"\d{3} ?\d{3} ?\d{3}\b", 0.93, stdnum("pt.nif")),
    _labelled("nl_bsn", r"bsn|burgerservicenummer|sofinummer", r"\d{4}[. ]?\d{2}[. ]?\d{3}\b", 0.95, stdnum("nl.bsn")),
    Recognizer("be_national_number", r"\b\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}\b", 0.95, stdnum("be.nn")),
    Recognizer("pl_pesel", r"\b\d{11}\b", 0.9, stdnum("pl.pesel"), ("pesel", "polish", "polsk"), True),
    Recognizer("se_personnummer", r"\b(?:19|20)?\d{6}[-+]\d{4}\b", 0.9, stdnum("se.personnummer")),
    Recognizer("no_fodselsnummer", r"\b\d{6} ?\d{5}\b", 0.93, stdnum("no.fodselsnummer"), ("fødselsnummer", "fodselsnummer", "norwegian", "personnummer"), True),
    _labelled("dk_cpr", r"cpr(?:-?nummer)?", r"\d{6}-?\d{4}\b", 0.93, stdnum("dk.cpr")),
    Recognizer("fi_hetu", r"\b\d{6}[-+A]\d{3}[\dA-Y]\b", 0.95, stdnum("fi.hetu")),
    Recognizer("ch_ahv", r"\b756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}\b", 0.96, stdnum("ch.ssn")),
    Recognizer("tr_tckn", r"\b[1-9]\d{10}\b", 0.9, stdnum("tr.tckimlik"), ("tc", "kimlik", "turkish"), True),
    Recognizer("il_id", r"\b\d{9}\b", 0.85, stdnum("il.idnr"), ("teudat", "israeli id", "תעודת", "ת.ז"), True),
    Recognizer("br_cpf", r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b", 0.96, stdnum("br.cpf")),
    _labelled("br_cpf", r"cpf", r"\d{11}\b", 0.93, stdnum("br.cpf")),
    Recognizer("br_cnpj", r"\b\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}\b", 0.96, stdnum("br.cnpj")),
    Recognizer("mx_curp", r"\b[A-Z][AEIOUX][A-Z]{2}\d{6}[HM][A-Z]{5}[A-Z\d]\d\b", 0.95),
    Recognizer("sg_nric", r"\b[STFGM]\d{7}[A-Z]\b", 0.88, has_digits(7)),
    Recognizer("kr_rrn", r"\b\d{6}-[1-8]\d{6}\b", 0.92, stdnum("kr.rrn")),
    _labelled("jp_my_number", r"my\s?number|マイナンバー|個人番号", r"\d{4}[ -]?\d{4}[ -]?\d{4}\b", 0.93, stdnum("jp.in_")),
    Recognizer("cn_resident_id", r"\b[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]\b", 0.95, stdnum("cn.ric")),
    Recognizer("za_id", r"\b\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{4}[01]\d{2}\b", 0.85, stdnum("za.idnr"), ("id", "south africa", "identity"), True),
    Recognizer("crypto_wallet", r"\b(?:bc1[02-9ac-hj-np-z]{25,59}|0x[0-9a-fA-F]{40})\b", 0.93),
    Recognizer("crypto_wallet", r"\b[13][1-9A-HJ-NP-Za-km-z]{25,34}\b", 0.9, stdnum("bitcoin")),
    Recognizer("age", r"(?i)\b(\d{1,3})[ -]years?[ -]old\b|\baged?\s\d{1,3}\b", 0.75),
)
