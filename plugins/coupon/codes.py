"""Codes people can type: Crockford base32 with a check character, at least 50 bits, hashed where they are kept. Pure."""

import hashlib
import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# The check character is the value modulo 37; the last five stand for 32 to 36.
_CHECKS = ALPHABET + "*~$=U"
# Twelve characters are 60 random bits.
LENGTH = 12
LEAST_IMPORTED = 6
LONGEST = 40
_IMPORTED = re.compile(rf"[A-Z0-9]{{{LEAST_IMPORTED},{LONGEST}}}")


def new_unique_code() -> str:
    """A code of 60 random bits and its check character, in groups: "7KQ2-M9XW-4TZD-H"."""
    number = secrets.randbits(5 * LENGTH)
    plain = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH)))
    text = plain + check_character(plain)
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def check_character(plain: str) -> str:
    """The character that finds every single wrong one and every swap of neighbours."""
    number = 0
    for one in plain:
        number = number * 32 + ALPHABET.index(one)
    return _CHECKS[number % 37]


def is_mistyped(text: str) -> bool:
    """Whether a code of our own making is recognisably wrong; other codes are never said to be."""
    plain = normalised(text)
    if len(plain) != LENGTH + 1 or any(one not in ALPHABET for one in plain[:-1]):
        return False
    return check_character(plain[:-1]) != plain[-1]


def normalised(text: str) -> str:
    """As it is compared: capitals, without spaces and dashes, O read as 0, I and L as 1."""
    kept = re.sub(r"[\s\-–—_]", "", text.upper())
    return kept.translate(str.maketrans("OIL", "011"))


def code_hash(text: str) -> str:
    """How a code is kept: nobody who reads the table can type one."""
    return hashlib.sha256(f"coupon:{normalised(text)}".encode()).hexdigest()


def hint(text: str) -> str:
    """Its end, for recognising it in a list."""
    return normalised(text)[-4:]


def is_importable(text: str) -> bool:
    """Whether a code from elsewhere can be kept: letters and digits, long enough."""
    return _IMPORTED.fullmatch(normalised(text)) is not None
