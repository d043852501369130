"""Redaction: nothing listed survives, twice is the same as once, and spans are raw offsets."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptguard.guard.engine import (
    PII_TYPES,
    RedactionMode,
    UnknownEntity,
    Vault,
    redact_text,
)
from promptguard.guard.engine.redact import redact_entities

VALUES = {
    "email": "jane.doe@example.com",
    "phone": "+49 30 901820",
    "phone_us": "(415) 555-2671",
    "ssn": "536-22-8726",
    "credit_card": "4111 1111 1111 1111",
    "iban": "DE89 3704 0044 0532 0130 00",
    "br_cpf": "529.982.247-25",
    "fr_nir": "2 55 08 14 168 025 38",
    "it_codice_fiscale": "RSSMRA85T10A562S",
    "es_nif": "12345678Z",
    "in_aadhaar": "2341 2341 2346",
    "ch_ahv": "756.9217.0769.85",
    "fi_hetu": "131052-308T",
    "cn_resident_id": "11010519491231002X",
    "us_dea": "AB1234563",
    "crypto_wallet": "0x52908400098527886E0F7030069857D2E4169EE7",
    "uk_nino": "AB 12 34 56 C",
    "api_key": "AKIAIOSFODNN7EXAMPLE",
}
PIECES = st.one_of(
    st.sampled_from(sorted(VALUES.values())),
    st.text(max_size=12),
    st.sampled_from(
        [
            "SSN ",
            "password: hunter2!x",
            "card ",
            " Phone:\n",
            "😀",
            "e\u0301",
            "\u200f",
            "%40",
            "\U000e0041",
            ", ",
        ]
    ),
)


@pytest.mark.parametrize("entity", sorted(VALUES))
def test_each_type_is_replaced_by_its_placeholder(entity: str) -> None:
    redaction = redact_text(f"Note 😀 for you: {VALUES[entity]}, thanks.", entities=frozenset({entity}))
    assert redaction.text == f"Note 😀 for you: [{entity.upper()}_REDACTED], thanks."
    assert redaction.found == (entity,)


def test_there_are_at_least_thirty_nine_types() -> None:
    assert len(PII_TYPES) >= 39


@pytest.mark.parametrize(
    "number", ["4111 1111 1111 1112", "536-00-8726", "DE89 3704 0044 0532 0130 01", "529.982.247-26"]
)
def test_a_wrong_check_digit_is_not_an_identifier(number: str) -> None:
    assert redact_text(f"Reference {number} here").found == ()


def test_found_is_in_order_of_appearance_and_unique() -> None:
    text = "a@example.org then 536-22-8726 then b@example.org"
    assert redact_text(text).found == ("email", "ssn")


def test_spans_are_raw_offsets_despite_marks_and_tags() -> None:
    prefix = "\u200bCafe\u0301 \U000e0041\u202b😀 "
    text = prefix + "jane@example.com!"
    (span,) = redact_text(text).spans
    assert text[span.start : span.end] == "jane@example.com"


def test_an_encoded_value_is_cut_with_its_encoding() -> None:
    redaction = redact_text("send to amFuZS5kb2VAZXhhbXBsZS5jb20= now")
    assert redaction.text == "send to [EMAIL_REDACTED] now"


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(UnknownEntity) as caught:
        redact_text("x", entities=frozenset({"shoe_size", "email"}))
    assert caught.value.names == ["shoe_size"]


def test_a_family_name_stands_for_its_members() -> None:
    assert (
        redact_text("call (415) 555-2671", entities=frozenset({"phone"})).text == "call [PHONE_US_REDACTED]"
    )


def test_masking_keeps_the_last_four_of_a_card() -> None:
    assert redact_text("4111 1111 1111 1111", mode=RedactionMode.MASK).text == "**** **** **** 1111"


def test_tokens_are_reversible_and_stable_within_a_request() -> None:
    vault = Vault()
    text = "a@example.org wrote to b@example.org, then a@example.org again; [EMAIL_TOKEN_2] was there before"
    redaction = redact_entities(text, frozenset({"email"}), RedactionMode.TOKENIZE, vault)
    assert redaction.text.count("[EMAIL_TOKEN_1]") == 2
    assert "example.org" not in redaction.text
    assert vault.restore(redaction.text) == text


@settings(max_examples=250, deadline=None)
@given(st.lists(PIECES, max_size=8), st.sampled_from([RedactionMode.REDACT, RedactionMode.MASK]))
def test_redacting_twice_changes_nothing(pieces: list[str], mode: RedactionMode) -> None:
    once = redact_text("".join(pieces), mode=mode)
    assert redact_text(once.text, mode=mode).text == once.text


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(sorted(VALUES)), st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_no_listed_value_survives_between_other_text(entity: str, noise: str) -> None:
    value = VALUES[entity]
    text = f"{noise}\n{value}\n{noise}"
    assert value not in redact_text(text).text


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=8))
def test_spans_are_sorted_disjoint_and_inside_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    end = 0
    for span in redact_text(text).spans:
        assert end <= span.start < span.end <= len(text)
        end = span.end


@pytest.mark.parametrize("tail", [" and more", " 12345 items", "\n0000000000", " - 7", ". 3 days"])
@pytest.mark.parametrize("entity", ["phone", "iban", "credit_card"])
def test_what_follows_a_value_does_not_hide_it(entity: str, tail: str) -> None:
    assert VALUES[entity] not in redact_text(VALUES[entity] + tail).text


def test_international_numbers_one_after_another_are_all_cut_out() -> None:
    text = " ".join(f"+49 30 {number}" for number in range(1_000_000, 1_000_400, 37))
    assert "+49" not in redact_text(text).text


@pytest.mark.parametrize("text", ["061 040 " * 40, "061 040 061 " * 40 + "040061", "030 901820 030 901821"])
def test_a_row_of_numbers_settles_in_one_redaction(text: str) -> None:
    once = redact_text(text).text
    assert redact_text(once).text == once
