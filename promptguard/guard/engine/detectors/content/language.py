"""Which language a text is in, and whether it is language at all; scripts first, then frequent words."""

from __future__ import annotations

import re
from collections import Counter
from math import log2

_STOPWORDS = {
    "en": "the and is of to in that you for it with this are was have not be on as",
    "de": "der die das und ist nicht ich du sie es ein eine mit auf von zu den wie was für",
    "fr": "le la les et est une des que je vous dans pour pas qui sur avec du ce il au",
    "es": "el la los las es una que de en y por con para no se del lo como su mi",
    "it": "il la che di e un una per non sono con del della come ma mi si gli le nel",
    "pt": "os que de um uma para não com da em por mais como você",
    "nl": "de het een en is van ik niet dat je in op te met voor zijn er maar wat hoe",
    "pl": "w na nie jest się że jak co po za czy tak ale dla",
    "tr": "ve bir bu için ile ne da de mi çok ben sen var nasıl gibi daha olarak kadar",
    "sv": "och att det är en som på för jag med inte av den till har du ett om vad kan",
    "id": "yang dan di ini itu dengan untuk tidak dari saya anda apa pada akan bisa ada",
    "vi": "là và của có không cho một các được trong tôi bạn với này đã những để",
}
_WORDS = {language: frozenset(words.split()) for language, words in _STOPWORDS.items()}
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
)
_WORD = re.compile(r"[^\W\d_]+")
_CONSONANTS = re.compile(r"(?i)[bcdfghjklmnpqrstvwxz]{5,}")
_SAMPLE = 4_000


def detect_language(text: str) -> str | None:
    """ISO 639-1 code, or None when the text is too short or too mixed to say."""
    sample = text[:_SAMPLE]
    letters = sum(1 for char in sample if char.isalpha())
    if letters < 4:
        return None
    for language, script in _SCRIPTS:
        share = len(script.findall(sample)) / letters
        if share > 0.5 or (language == "ja" and share > 0.1):
            return language
    words = [word.lower() for word in _WORD.findall(sample)]
    counts = Counter({language: sum(word in known for word in words) for language, known in _WORDS.items()})
    (best, hits), (_, second) = counts.most_common(2)
    enough = hits >= 2 and hits > second and hits >= 0.08 * len(words)
    return best if enough else None


def gibberish_score(text: str) -> float:
    """0..1, how unlike any language a Latin text is: consonant runs, no vowels, flat letter distribution."""
    sample = text[:_SAMPLE]
    words = [word for word in _WORD.findall(sample) if len(word) > 3 and word.isascii()]
    if len(words) < 4 or any(not char.isascii() and char.isalpha() for char in sample):
        return 0.0
    odd = sum(1 for word in words if _CONSONANTS.search(word) or not set(word.lower()) & set("aeiouy"))
    letters = Counter(char for char in sample.lower() if char.isalpha())
    total = letters.total()
    entropy = -sum(count / total * log2(count / total) for count in letters.values())
    # English letters carry about 4.2 bits; uniform noise 4.7.
    flat = max(0.0, min(1.0, (entropy - 4.3) / 0.35))
    return round(min(1.0, 0.75 * min(1.0, 2.5 * odd / len(words)) + 0.25 * flat), 4)
