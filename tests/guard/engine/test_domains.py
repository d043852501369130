"""Lists of domains for links: which spellings of a host they catch, and what they take."""

import pytest

from promptguard.guard.engine import Content, Decision, Finding, Message, Policy, PolicyError, evaluate

DISGUISED = (
    "https://evil.example/x",
    "HTTPS://EVIL.EXAMPLE",
    "go to www.evil.example now",
    "https://cdn.evil.example:8443/a?b=c",
    "https://evil.example\\@good.example/a",
    "https://good.example@evil.example/",
    "hxxps[:]//evil[.]example/a",
    "https://ev%69l.example/",
    "https://\uff45\uff56\uff49\uff4c.example",
    "http:\\\\evil.example",
    "https://evil.example./",
)


def findings(text: str, **lists: list[str]) -> list[Finding]:
    policy = Policy.from_guardrails({"url_filtering": lists})
    return list(evaluate(Content((Message("user", text),)), policy).findings)


def rules(text: str, **lists: list[str]) -> set[str]:
    return {finding.rule_id for finding in findings(text, **lists) if finding.detector == "urls"}


@pytest.mark.parametrize("text", DISGUISED)
def test_a_blocked_domain_is_found_in_every_spelling_that_a_browser_follows(text: str) -> None:
    assert rules(text, blocked_domains=["evil.example"]) == {"blocked_domain"}


@pytest.mark.parametrize("text", DISGUISED)
def test_an_allowed_list_forbids_everything_else(text: str) -> None:
    assert rules(text, allowed_domains=["good.example"]) == {"domain_not_allowed"}


@pytest.mark.parametrize(
    "text",
    [
        "https://good.example/evil.example",
        "https://docs.good.example?u=evil.example",
        "www.good.example",
        "evil.example",
    ],
)
def test_an_allowed_domain_and_its_subdomains_pass(text: str) -> None:
    assert rules(text, allowed_domains=["good.example"], blocked_domains=["evil.example"]) == set()


@pytest.mark.parametrize("text", ["https://b\u00fccher.example/a", "https://xn--bcher-kva.example/a"])
def test_an_international_name_is_the_same_in_both_forms(text: str) -> None:
    assert rules(text, blocked_domains=["B\u00fccher.example"]) == {"blocked_domain"}
    assert rules(text, allowed_domains=["xn--bcher-kva.example"]) == set()


def test_a_look_alike_of_an_allowed_domain_is_not_allowed() -> None:
    assert rules("https://go\u043ed.example", allowed_domains=["good.example"]) == {"domain_not_allowed"}


def test_a_blocked_domain_blocks_and_leaves_its_place() -> None:
    text = "See https://a.evil.example/path for more"
    policy = Policy.from_guardrails({"url_filtering": {"blocked_domains": ["*.evil.example"]}})
    verdict = evaluate(Content((Message("user", text),)), policy)
    (finding,) = verdict.findings
    assert (verdict.decision, verdict.threat_type) == (Decision.BLOCK, "url_violation")
    assert finding.location is not None
    assert text[finding.location.start : finding.location.end] == "https://a.evil.example/path"


def test_lists_are_normalised_and_come_back_that_way() -> None:
    policy = Policy.from_guardrails(
        {"url_filtering": {"blocked_domains": ["*.Evil.example.", "evil.example", "a.b"]}}
    )
    assert policy.guardrails()["url_filtering"]["blocked_domains"] == ["a.b", "evil.example"]
    assert Policy.from_guardrails(policy.guardrails()).version == policy.version


@pytest.mark.parametrize(
    "names",
    [["https://evil.example"], ["evil.example/path"], ["a b.example"], [""], ["-x.example"], ["a" * 64 + ".example"], [7],
     "evil.example", ["a..b"], ["*"], ["\u00fc" * 70 + ".example"], [f"d{number}.example" for number in range(5001)]],
)  # fmt: skip
def test_what_is_no_list_of_domains_is_refused(names: object) -> None:
    with pytest.raises(PolicyError) as refused:
        Policy.from_guardrails({"url_filtering": {"allowed_domains": names}})
    assert refused.value.field == "guardrails.url_filtering.allowed_domains"
    assert "evil" not in refused.value.message
