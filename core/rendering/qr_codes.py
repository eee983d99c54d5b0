"""QR codes as SVG paths, for pages that draw them without a picture file."""

import segno

_MARGIN = 4


def qr_path(text: str) -> tuple[str, int]:
    """The `d` of a path that fills the dark squares (each of size 1), and the width of the whole with its margin."""
    rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix]
    parts = []
    for down, row in enumerate(rows, _MARGIN):
        start = 0
        while (start := row.find(1, start)) >= 0:
            end = row.find(0, start)
            end = len(row) if end < 0 else end
            parts.append(f"M{start + _MARGIN} {down}h{end - start}v1h-{end - start}z")
            start = end
    return "".join(parts), len(rows) + 2 * _MARGIN
