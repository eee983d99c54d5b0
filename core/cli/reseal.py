"""`pinpu reseal`: seals the secrets of all shops with the newest key."""

from collections.abc import Sequence
from dataclasses import asdict

import click

from core.cli.database import connected
from core.cli.output import Progress, json_option, show
from core.cli.problems import FAILED, CommandProblem
from core.cli.start import settings_from_environment
from core.kernel.db import make_engine
from core.kernel.resealing import Resealed, reseal_everything
from core.kernel.sealed import Keyring
from core.settings import Settings


@click.command("reseal")
@click.option("--forget", is_flag=True, help="Empty what no key opens, so that merchants can type it anew.")
@json_option
def command(forget: bool, as_json: bool) -> int:
    """Seal the secrets of all shops with the first of PINPU_SECRET_KEYS; do it after putting a new key in front.

    Exit code 1 means that some could not be read: a former key is missing.
    """
    progress = Progress(silent=as_json)
    with connected(settings_from_environment(), progress) as settings:
        done = reseal_secrets(settings, forget=forget)
    show(as_json, asdict(done), lambda: _words(done))
    return FAILED if done.unreadable > done.forgotten else 0


def reseal_secrets(settings: Settings, *, forget: bool = False) -> Resealed:
    """Seal what is open or sealed with a former key; raises CommandProblem without a key."""
    from core.app import import_parts  # noqa: PLC0415 - loads every part of the program

    if not settings.secret_keys:
        raise CommandProblem(
            "There is no key to seal with: set PINPU_SECRET_KEYS to at least 32 random characters."
        )
    import_parts()
    engine = make_engine(settings.database_owner_url, pool_size=1, guarded=False)
    try:
        return reseal_everything(engine, Keyring(settings.secret_keys), forget=forget)
    finally:
        engine.dispose()


def seal_what_lies_open(settings: Settings, migrated: Sequence[str]) -> None:
    """After an upgrade: seal what an older version kept as it was typed. Without a key it waits for `pinpu reseal`."""
    if "core" in migrated and settings.secret_keys:
        reseal_secrets(settings)


def _words(done: Resealed) -> str:
    lines = [f"Sealed anew: {done.sealed}."]
    left = done.unreadable - done.forgotten
    if done.forgotten:
        lines.append(f"Emptied, since no key opens them: {done.forgotten}.")
    if left:
        lines.append(
            f"Not readable: {left}. Add the key that sealed them to PINPU_SECRET_KEYS; if it is lost, run "
            "`pinpu reseal --forget` and tell the merchants to type theirs anew."
        )
    return "\n".join(lines)
