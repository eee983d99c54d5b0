"""`python -m core.cli`: the same as `pinpu`, without an installed script."""

from core.cli import main

main()
