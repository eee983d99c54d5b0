"""Words as the search index keeps them: one and two characters of Chinese, whole words of everything else.

Every lexeme begins with the number of its shop, because one index serves all shops.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from core.kernel.tenancy import current_scope

# Scripts written without spaces: Han, kana, bopomofo, hangul, Thai, Lao, Myanmar, Khmer.
_RUNNING = (
    "\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U000323af\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
_TOKEN = re.compile(rf"([{_RUNNING}]+)|((?:(?![{_RUNNING}])[^\W_])+)")
_ACCENTS = re.compile("[\u0300-\u036f]")
_LONGEST_WORD = 40
_LONGEST_QUERY = 200
_MOST_TERMS = 16


def folded(text: str) -> str:
    """`text` as it is compared: full-width forms narrow, no case, no accents."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", plain)))


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    for match in _TOKEN.finditer(folded(text)):
        yield (match[1], True) if match[1] else (match[2][:_LONGEST_WORD], False)


def _pairs(run: str) -> list[str]:
    return [run[index : index + 2] for index in range(len(run) - 1)]


def terms(text: str) -> set[str]:
    """Every term under which `text` can be found."""
    found: set[str] = set()
    for token, running in _tokens(text):
        found.update((*token, *_pairs(token)) if running else (token,))
    return found


def query_terms(text: str) -> list[tuple[str, bool]]:
    """What `text` asks for, without repeats: (term, whether it is the beginning of a word)."""
    wanted: dict[tuple[str, bool], None] = {}
    for token, running in _tokens(text[:_LONGEST_QUERY]):
        parts = (_pairs(token) or [token]) if running else [token]
        wanted.update(dict.fromkeys((part, not running) for part in parts))
    return list(wanted)[:_MOST_TERMS]


def document_vector(weighted: Sequence[tuple[str, Iterable[str]]]) -> str:
    """The tsvector literal of a product of the bound shop: (weight "A" to "D", texts), heaviest first."""
    shop_id = current_scope().shop_id
    heaviest: dict[str, str] = {}
    for weight, texts in weighted:
        for text in texts:
            for term in terms(text):
                heaviest.setdefault(term, weight)
    return " ".join(f"'{shop_id}.{term}':1{weight}" for term, weight in heaviest.items())


def search_query(text: str) -> str | None:
    """The tsquery literal that finds what `text` asks for in the bound shop; None when it asks for nothing."""
    shop_id = current_scope().shop_id
    wanted = query_terms(text)
    if not wanted:
        return None
    return " & ".join(f"'{shop_id}.{term}'{':*' if open_ended else ''}" for term, open_ended in wanted)
