"""The personal-information types that can be named in a policy or a redaction request."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple


class Sensitivity(IntEnum):
    """From which strictness on a type is looked for: CRITICAL in every policy, CONTEXTUAL in strict
    ones only.
    """

    CRITICAL = 0
    DIRECT = 1
    CONTEXTUAL = 2


class Entity(NamedTuple):
    """A type of personal information."""

    description: str
    sensitivity: Sensitivity


_CRITICAL, _DIRECT, _CONTEXTUAL = Sensitivity.CRITICAL, Sensitivity.DIRECT, Sensitivity.CONTEXTUAL

ENTITIES: Mapping[str, Entity] = MappingProxyType(
    {
        "email": Entity("E-mail address", _DIRECT),
        "phone": Entity("Telephone number in international or labelled form", _DIRECT),
        "phone_us": Entity("Telephone number of the North American plan", _DIRECT),
        "ssn": Entity("United States Social Security number", _CRITICAL),
        "us_itin": Entity("United States individual taxpayer number", _CRITICAL),
        "us_ein": Entity("United States employer number", _DIRECT),
        "credit_card": Entity("Payment card number, Luhn-checked", _CRITICAL),
        "card_cvv": Entity("Payment card verification code", _CRITICAL),
        "iban": Entity("International bank account number, mod-97-checked", _CRITICAL),
        "swift_bic": Entity("Bank identifier code, when labelled", _CONTEXTUAL),
        "bank_account": Entity("Bank account number, when labelled", _CRITICAL),
        "us_routing_number": Entity("ABA routing number, checksum and label", _DIRECT),
        "uk_sort_code": Entity("British sort code, when labelled", _DIRECT),
        "passport": Entity("Passport number, when labelled", _CRITICAL),
        "driver_license": Entity("Driving licence number, when labelled", _CRITICAL),
        "date_of_birth": Entity("Date of birth, when labelled", _CONTEXTUAL),
        "address": Entity("Postal address", _CONTEXTUAL),
        "name": Entity("Personal name, when introduced or titled", _CONTEXTUAL),
        "username": Entity("User name, when labelled", _CONTEXTUAL),
        "ip_address": Entity("Internet address, version 4", _CONTEXTUAL),
        "ipv6_address": Entity("Internet address, version 6", _CONTEXTUAL),
        "mac_address": Entity("Network hardware address", _CONTEXTUAL),
        "imei": Entity("Mobile device number, Luhn and label", _DIRECT),
        "vin": Entity("Vehicle identification number, checked", _DIRECT),
        "license_plate": Entity("Vehicle registration, when labelled", _CONTEXTUAL),
        "geo_coordinates": Entity("Precise latitude and longitude", _CONTEXTUAL),
        "medical_record": Entity("Medical record or patient number, when labelled", _CRITICAL),
        "health_insurance_id": Entity("Health insurance member number, when labelled", _CRITICAL),
        "us_npi": Entity("United States provider number, Luhn and label", _DIRECT),
        "us_dea": Entity("United States DEA number, checked", _DIRECT),
        "us_mbi": Entity("Medicare beneficiary identifier", _CRITICAL),
        "tax_id": Entity("Tax number, when labelled", _CRITICAL),
        "employee_id": Entity("Employee number, when labelled", _DIRECT),
        "customer_id": Entity("Account, customer or member number, when labelled", _DIRECT),
        "uk_nhs": Entity("British NHS number, mod-11-checked", _CRITICAL),
        "uk_nino": Entity("British National Insurance number", _CRITICAL),
        "uk_utr": Entity("British unique taxpayer reference, when labelled", _CRITICAL),
        "ca_sin": Entity("Canadian social insurance number, Luhn-checked", _CRITICAL),
        "au_tfn": Entity("Australian tax file number, checked and labelled", _CRITICAL),
        "au_medicare": Entity("Australian Medicare number, checked and labelled", _CRITICAL),
        "in_aadhaar": Entity("Indian Aadhaar number, Verhoeff-checked", _CRITICAL),
        "in_pan": Entity("Indian permanent account number", _CRITICAL),
        "in_voter_id": Entity("Indian voter number, when labelled", _CRITICAL),
        "in_gstin": Entity("Indian goods and services tax number", _DIRECT),
        "de_tax_id": Entity("German tax number, checked and labelled", _CRITICAL),
        "de_id_card": Entity("German identity card number, when labelled", _CRITICAL),
        "fr_nir": Entity("French social security number, checked", _CRITICAL),
        "es_nif": Entity("Spanish DNI or NIE, checked", _CRITICAL),
        "it_codice_fiscale": Entity("Italian fiscal code, checked", _CRITICAL),
        "pt_nif": Entity("Portuguese tax number, checked and labelled", _CRITICAL),
        "nl_bsn": Entity("Dutch citizen number, checked and labelled", _CRITICAL),
        "be_national_number": Entity("Belgian national number, checked", _CRITICAL),
        "pl_pesel": Entity("Polish PESEL, checked", _CRITICAL),
        "se_personnummer": Entity("Swedish personal number, checked", _CRITICAL),
        "no_fodselsnummer": Entity("Norwegian birth number, checked and labelled", _CRITICAL),
        "dk_cpr": Entity("Danish CPR number, checked and labelled", _CRITICAL),
        "fi_hetu": Entity("Finnish personal code, checked", _CRITICAL),
        "ch_ahv": Entity("Swiss AHV number, checked", _CRITICAL),
        "tr_tckn": Entity("Turkish identity number, checked and labelled", _CRITICAL),
        "il_id": Entity("Israeli identity number, checked and labelled", _CRITICAL),
        "br_cpf": Entity("Brazilian CPF, checked", _CRITICAL),
        "br_cnpj": Entity("Brazilian CNPJ, checked", _DIRECT),
        "mx_curp": Entity("Mexican CURP", _CRITICAL),
        "sg_nric": Entity("Singaporean NRIC or FIN, checked", _CRITICAL),
        "kr_rrn": Entity("Korean resident number, checked", _CRITICAL),
        "jp_my_number": Entity("Japanese My Number, checked and labelled", _CRITICAL),
        "cn_resident_id": Entity("Chinese resident number, checked", _CRITICAL),
        "za_id": Entity("South African identity number, checked", _CRITICAL),
        "crypto_wallet": Entity("Bitcoin or Ethereum address", _DIRECT),
        "age": Entity("Age in years", _CONTEXTUAL),
        "api_key": Entity("Service credential, private key or password", _CRITICAL),
    }
)

PII_TYPES: Mapping[str, str] = MappingProxyType(
    {name: entity.description for name, entity in ENTITIES.items()}
)

# Family names that stand for several types.
ALIASES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "phone": frozenset({"phone", "phone_us"}),
        "ip_address": frozenset({"ip_address", "ipv6_address"}),
        "tax_id": frozenset(
            {"tax_id", "us_itin", "us_ein", "de_tax_id", "pt_nif", "uk_utr", "au_tfn", "in_pan"}
        ),
        "national_id": frozenset(
            {
                name
                for name in ENTITIES
                if name[2:3] == "_"
                and name not in ("ip_address", "us_npi", "us_dea", "us_routing_number", "uk_sort_code")
            }
        ),
        "bank_account": frozenset({"bank_account", "iban", "us_routing_number", "uk_sort_code"}),
    }
)


class UnknownEntity(ValueError):
    """A type name that no detector knows."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(f"unknown entity types: {', '.join(names)}")
        self.names = names


def expand_entities(names: frozenset[str]) -> frozenset[str]:
    """Replace family names by their members.

    Raises:
        UnknownEntity: a name is neither a type nor a family.
    """
    unknown = sorted(name for name in names if name not in ENTITIES and name not in ALIASES)
    if unknown:
        raise UnknownEntity(unknown)
    return frozenset().union(*(ALIASES.get(name, frozenset({name})) for name in names))


def entities_up_to(sensitivity: Sensitivity) -> frozenset[str]:
    """All types of at most this sensitivity; credentials have their own guardrail and are left out."""
    return frozenset(
        name for name, entity in ENTITIES.items() if entity.sensitivity <= sensitivity and name != "api_key"
    )
