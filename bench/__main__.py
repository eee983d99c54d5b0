"""`python -m bench [name …]`: run the benchmarks, print their tables and write bench/results.md."""

import importlib
import platform
import sys
from pathlib import Path

from core.kernel.clock import now

NAMES = (
    "place_order",
    "checkout",
    "last_unit",
    "pages",
    "hooks_dispatch",
    "lists",
    "imports",
    "insights",
    "coupons",
    "quote",
)
# Parts of "lists" that can be asked for alone.
PARTS = ("customers", "orders")
RESULTS = Path(__file__).with_name("results.md")


def main(wanted: list[str]) -> int:
    """Run the wanted benchmarks, all by default; returns 2 for an unknown name."""
    unknown = [name for name in wanted if name not in (*NAMES, *PARTS)]
    if unknown:
        print(
            f"There is no benchmark {unknown[0]}; choose from: {', '.join((*NAMES, *PARTS))}.",
            file=sys.stderr,
        )
        return 2
    sections = []
    for name in wanted or NAMES:
        print(f"== {name}", flush=True)
        table = importlib.import_module(f"bench.{name}").run()  # noqa: TID251 - named above
        print(table, flush=True)
        sections.append(f"## {name}\n\n{table}\n")
    if not wanted:
        head = f"# Measured\n\n{now():%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}, 2 cores.\n\n"
        RESULTS.write_text(head + "\n".join(sections))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
