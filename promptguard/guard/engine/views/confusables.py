"""Characters that look like Latin letters: the part of the Unicode confusables (UTS #39) that attacks use."""

from __future__ import annotations

_LOOKALIKES = {
    "a": "аɑαӑӓɐᴀ",
    "b": "ЬвʙϐƄᖯ",
    "c": "сϲᴄⅽҫ",
    "d": "ԁɗᴅⅾժ",
    "e": "еєҽεɛəǝᴇҿ",
    "f": "ƒꜰϝք",
    "g": "ɡɢցǥ",
    "h": "һʜհɥ",
    "i": "іıɩɪιӏΙ",
    "j": "јϳᴊյ",
    "k": "кκᴋҝ",
    "l": "ⅼʟӀɭ",
    "m": "мᴍⅿɯ",
    "n": "пոηɴռ",
    "o": "оοσօᴏөɵ",
    "p": "рρᴘթ",
    "q": "ԛգɋ",
    "r": "гʀɾᴦɹ",
    "s": "ѕꜱʂ",
    "t": "тτᴛʇ",
    "u": "υսᴜцʋ",
    "v": "ѵνᴠⅴʌ",
    "w": "ѡԝᴡωшʍ",
    "x": "хχⅹ×ҳ",
    "y": "уүγʏʎу",
    "z": "ᴢʐƶ",
    "A": "АΑᎪ",
    "B": "ВΒᏴ",
    "C": "СϹᏟ",
    "D": "Ꭰ",
    "E": "ЕΕᎬ",
    "G": "Ꮐ",
    "H": "НΗᎻ",
    "I": "ІΙ",
    "J": "ЈᎫ",
    "K": "КΚᏦ",
    "L": "Ꮮ",
    "M": "МΜᎷ",
    "N": "Ν",
    "O": "ОΟՕ",
    "P": "РΡᏢ",
    "R": "ᏒᖇЯ",
    "S": "ЅᏚՏ",
    "T": "ТΤᎢ",
    "V": "ѴᏙ",
    "W": "ᏔԜ",
    "X": "ХΧ",
    "Y": "ΥҮ",
    "Z": "ΖᏃ",
}

CONFUSABLES: dict[str, str] = {char: latin for latin, chars in _LOOKALIKES.items() for char in chars}

# Punctuation that compatibility decomposition leaves alone.
PUNCTUATION: dict[str, str] = {
    **dict.fromkeys("‐‑‒–—―−﹘﹣－⁃", "-"),
    **dict.fromkeys("‘’‚‛′＇ʼʹ´", "'"),
    **dict.fromkeys("“”„‟″＂«»「」『』", '"'),
    **dict.fromkeys("․‧•∙⋅·・", "."),
    **dict.fromkeys("∕⁄／", "/"),
    "ß": "ss",
    "đ": "d",
    "Đ": "D",
    "ł": "l",
    "Ł": "L",
    "ø": "o",
    "Ø": "O",
    "æ": "ae",
    "œ": "oe",
    "ı": "i",
}

# Letters that Unicode draws as emoji or enclosed signs and does not decompose.
PICTOGRAM_LETTERS: dict[str, str] = {
    **{chr(0x1F1E6 + offset): chr(0x41 + offset) for offset in range(26)},
    **{chr(0x1F130 + offset): chr(0x41 + offset) for offset in range(26)},
    **{chr(0x1F150 + offset): chr(0x41 + offset) for offset in range(26)},
    **{chr(0x1F170 + offset): chr(0x41 + offset) for offset in range(26)},
}
