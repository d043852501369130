"""Topics a policy can forbid, each known by its words; two different words make a topic, one is a mention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import re2


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and its words."""

    description: str
    words: tuple[str, ...]

    def matches(self, text: str, minimum: int = 2) -> bool:
        """Whether at least `minimum` different words of the topic occur."""
        found: set[str] = set()
        for match in _pattern(self.words).finditer(text.encode("utf-8", "replace")):
            found.add(match.group(1).lower())
            if len(found) >= minimum:
                return True
        return False


@cache
def _pattern(words: tuple[str, ...]) -> re2._Regexp:
    return re2.compile(r"(?i)\b(" + "|".join(words) + r")(?:s|es|ing|ed)?\b")


def _topic(description: str, words: str) -> Topic:
    return Topic(description, tuple(word.replace("_", r"\s") for word in words.split()))


TOPICS: Mapping[str, Topic] = {
    "politics": _topic(
        "Parties, elections and governments",
        "election president senator parliament democrat republican vote_for political_party prime_minister congress "
        "campaign legislation left-wing right-wing government coalition referendum politician",
    ),
    "religion": _topic(
        "Faiths and their institutions",
        "god jesus allah bible quran koran church mosque synagogue prayer christian islam muslim jewish hindu buddhist "
        "atheist pope imam rabbi scripture sin salvation",
    ),
    "medical": _topic(
        "Diagnosis and treatment",
        "diagnosis diagnose symptom prescription dosage medication antibiotic chemotherapy disease treatment therapy "
        "surgery doctor tumor insulin blood_pressure vaccine painkiller",
    ),
    "legal": _topic(
        "Advice on law",
        "lawsuit sue attorney lawyer court plaintiff defendant liability contract_law custody divorce litigation "
        "subpoena legal_advice statute settlement",
    ),
    "finance": _topic(
        "Investment advice",
        "invest stock share_price portfolio bitcoin crypto etf bond dividend hedge_fund retirement_fund forex "
        "options_trading mortgage interest_rate broker",
    ),
    "weapons": _topic(
        "Arms and explosives",
        "gun rifle pistol ammunition firearm explosive grenade silencer shotgun bomb detonator ar-15 gunpowder "
        "landmine sniper weapon",
    ),
    "drugs": _topic(
        "Illegal drugs",
        "cocaine heroin meth methamphetamine mdma ecstasy lsd fentanyl crack_cocaine ketamine opium dealer drug "
        "overdose psilocybin narcotic",
    ),
    "gambling": _topic(
        "Games of chance for money",
        "casino poker roulette betting bookmaker slot_machine jackpot sportsbook wager blackjack lottery odds gamble",
    ),
    "adult": _topic(
        "Sexual content",
        "porn pornography nude nsfw erotic erotica sex sexual fetish escort onlyfans orgasm xxx hentai stripper",
    ),
    "violence": _topic(
        "Physical violence",
        "kill murder stab torture shoot massacre assault strangle beat_up gore bloodshed behead mutilate slaughter",
    ),
    "self_harm": _topic(
        "Suicide and self-injury",
        "suicide suicidal self-harm cutting_myself kill_myself end_my_life overdose hang_myself hopeless want_to_die",
    ),
    "competitors": _topic(
        "Offers of other vendors", "competitor rival_product alternative_vendor switch_to better_than"
    ),
}
