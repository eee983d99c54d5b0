"""`python -m tests.stripe_stand_in [port]`: the stand-in as a program, for trying a shop by hand."""

import signal
import sys
from threading import Event

from tests.stripe_stand_in import stripe_stand_in


def main() -> None:
    """Serve until interrupted."""
    asked_to_stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    with stripe_stand_in(int(sys.argv[1]) if len(sys.argv) > 1 else 12111) as running:
        print(f"Stripe stand-in at {running.base_url}; use the key sk_test_anything.")
        asked_to_stop.wait()


if __name__ == "__main__":
    main()
