"""The contact sheet: one page of HTML with every photograph and what a machine found about it."""

from dataclasses import dataclass
from html import escape
from pathlib import Path

_STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; margin: 24px; background: #f4f5f6 }
h2 { margin: 40px 0 8px; font-size: 16px } h2 small { color: #667; font-weight: 400 }
.row { display: flex; gap: 12px; overflow-x: auto; align-items: flex-start }
figure { margin: 0; flex: none } figcaption { font-size: 12px; color: #445; max-width: 360px }
img { border: 1px solid #ccd; background: #fff; max-height: 620px } .bad { color: #b3261e }
"""


@dataclass(frozen=True, slots=True)
class Photograph:
    """One picture and what is to be said below it; `faults` are for the eye to begin with."""

    title: str
    note: str
    file: str
    caption: str
    faults: tuple[str, ...]


def write_sheet(folder: Path, photographs: list[Photograph]) -> Path:
    """Write index.html beside the pictures; those of one page stand in one row."""
    rows: dict[tuple[str, str], list[Photograph]] = {}
    for one in photographs:
        rows.setdefault((one.title, one.note), []).append(one)
    parts = [f"<!doctype html><meta charset=utf-8><title>Photographs</title><style>{_STYLE}</style>"]
    for (title, note), pictures in rows.items():
        figures = "".join(_figure(one) for one in pictures)
        parts.append(f"<h2>{escape(title)} <small>{escape(note)}</small></h2><div class=row>{figures}</div>")
    target = folder / "index.html"
    target.write_text("\n".join(parts), encoding="utf-8")
    return target


def _figure(one: Photograph) -> str:
    faults = "".join(f"<br><span class=bad>{escape(fault)}</span>" for fault in one.faults)
    picture = f'<a href="{escape(one.file)}"><img loading=lazy alt="" src="{escape(one.file)}"></a>'
    return f"<figure>{picture}<figcaption>{escape(one.caption)}{faults}</figcaption></figure>"
