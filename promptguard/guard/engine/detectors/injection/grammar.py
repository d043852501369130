"""The small language that injection rules are written in, so that a rule reads like the sentence it catches.

`~` is a gap between words, `<name>` a word class below, `<w3>` up to three words. Each rule compiles twice: as written,
and squeezed (no word boundaries, gaps optional) for text whose spaces were removed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Flag, auto

from promptguard.guard.engine.content import Origin


class Scope(Flag):
    """Where a rule applies."""

    DIRECT = auto()
    INDIRECT = auto()
    OUTPUT = auto()
    ANYWHERE = DIRECT | INDIRECT

    def covers(self, origin: Origin, is_output: bool) -> bool:
        """Whether a rule of this scope reads text of that origin."""
        if is_output:
            return Scope.OUTPUT in self
        return (Scope.INDIRECT if origin.is_indirect else Scope.DIRECT) in self


@dataclass(frozen=True, slots=True)
class Rule:
    """One injection rule.

    Attributes:
        weight: confidence 0..1 when it fires alone; rules of different groups reinforce one another.
        indirect_weight: the confidence in tool results and documents, where it differs.
        is_squeezable: whether the rule still means the same when spaces are gone.
        group: rules of one group say the same thing, and only the strongest counts.
    """

    id: str
    weight: float
    pattern: str
    group: str
    technique: str
    threat_type: str = "prompt_injection"
    scope: Scope = Scope.ANYWHERE
    indirect_weight: float | None = None
    is_squeezable: bool = True

    def weight_for(self, origin: Origin) -> float:
        """Confidence in text of that origin: nobody orders an assistant about in a document by accident."""
        return (
            self.indirect_weight if origin.is_indirect and self.indirect_weight is not None else self.weight
        )

    @property
    def plain(self) -> str:
        """RE2 source for ordinary text."""
        return _expand(self.pattern, _GAP)

    @property
    def squeezed(self) -> str:
        """RE2 source for text without reliable gaps."""
        return _expand(self.pattern.replace(r"\b", ""), _NO_GAP)


_GAP = r"[\s\"'*_`.,:;()\[\]<>{}/\\|#=+-]{1,5}"
_NO_GAP = r"[\s\"'*_`.,:;()\[\]<>{}/\\|#=+-]{0,5}"
_WORDS = {
    "ignore": (
        r"(?:ignor(?:e|es|ing|ed)|disregard(?:s|ing|ed)?|forget(?:s|ting)?|overlook(?:ing)?|neglect(?:ing)?|"
        r"discard(?:ing)?|dismiss(?:ing)?|abandon(?:ing)?|bypass(?:ing)?|circumvent(?:ing)?|overrid(?:e|ing)|"
        r"overrul(?:e|ing)|overwrit(?:e|ing)|eras(?:e|ing)|nullify(?:ing)?|revok(?:e|ing)|suspend(?:ing)?|"
        r"pay~no~(?:attention|heed)~to|do(?:~not|n'?t)~(?:follow|obey|adhere~to|comply~with|listen~to)|"
        r"stop~(?:following|obeying)|(?:set|put|leave|cast)~aside|let~go~of|unlearn)"
    ),
    "prior": (
        r"(?:previous(?:ly)?|prior|above|earlier|preceding|foregoing|past|initial|original|existing|former|"
        r"aforementioned|before)"
    ),
    "rules": (
        r"(?:instructions?|directions?|directives?|commands?|rules?|guidelines?|prompts?|orders|polic(?:y|ies)|"
        r"constraints?|restrictions?|limitations?|programming|training|guardrails?|protocols?|safeguards?|filters?|"
        r"principles?|ethics|morals|restraints?)"
    ),
    "context": (
        r"(?:context|messages?|conversations?|inputs?|text|tasks?|assignments?|statements?|information|data|content|"
        r"documents?|paragraphs?|questions?|everything|words|chat|dialogue|articles?)"
    ),
    "reveal": (
        r"(?:reveal|show|print|output|display|repeat|tell|give|share|disclose|expose|leak|dump|recite|return|provide|"
        r"copy|paste|echo|spell~out|write~(?:out|down)|read~(?:out|back)|list|send|quote|describe|explain|summari[sz]e|"
        r"translate|encode|type~out|expound|divulge|extract|regurgitate|know|see|read|access|what(?:'?s|~is|~are|~was|~were))"
    ),
    "secretly": r"(?:system|initial|original|hidden|secret|internal|starting|opening|base|developer|confidential|pre)",
    "ethical": (
        r"(?:ethic(?:s|al)|moral(?:s|ity)?|legal(?:ity)?|content|safety|openai(?:'?s)?|anthropic(?:'?s)?|censorship|"
        r"programming|usual|typical|standard|normal|rules?|filters?)"
    ),
    "bot": (
        r"(?:ai|a\.i\.|chatbot|bot|gpt[\w-]*|chatgpt|llm|language~model|assistant|claude|gemini|copilot|model|agent|"
        r"intelligence|version)"
    ),
    "unbound": (
        r"(?:unfiltered|uncensored|amoral|immoral|unethical|unrestricted|unbound|unlimited|unhinged|jail-?broken|"
        r"lawless|remorseless|evil|ruthless|depraved|rogue|malicious|limitless|anarchistic)"
    ),
    "valuable": (
        r"(?:conversations?|chat~(?:history|logs?)|history|user~(?:data|information|details)|credentials?|passwords?|"
        r"api~?keys?|tokens?|secrets?|databases?|records?|files?|system~prompt|cookies|private~(?:keys?|data|"
        r"information)|personal~(?:data|information)|e-?mails?|contacts?|transactions?|documents?|customers?)"
    ),
}


def _expand(pattern: str, gap: str) -> str:
    for name, source in _WORDS.items():
        pattern = pattern.replace(f"<{name}>", source)
    pattern = re.sub(r"<w(\d)>", r"(?:[\\w'’-]+~){0,\1}", pattern)
    return "(?i)" + pattern.replace("~", gap)
