"""Runs the tests layer by layer, after bringing what they need: `python tests/run.py [fast] [browser] [stories] [installed]`."""

import os
import platform
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROCESSES = str(max(2, min(os.cpu_count() or 2, 8)))
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_CHROME = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
OLDEST_SERVER = 15


@dataclass(frozen=True)
class Layer:
    """One run of pytest; the budget is seconds on two cores, and going over it is reported."""

    name: str
    arguments: tuple[str, ...]
    budget: int


@dataclass(frozen=True)
class Outcome:
    """What a layer came to."""

    layer: Layer
    code: int
    seconds: float
    closing: str


# What another server could answer differently: tenancy, migrations, and everything that counts or moves money.
DATA_AND_MONEY = (
    "tests/migrations",
    "tests/core/kernel",
    "--ignore=tests/core/kernel/test_embedded_postgres.py",
    *(f"tests/core/commerce/{room}" for room in ("reservations", "ledger", "payments", "checkout")),
    "plugins/group_buy/tests/test_races.py",
)
PARALLEL = ("-n", PROCESSES)
LAYERS = {
    "fast": Layer("unit and integration", (*PARALLEL, "-m", "not e2e"), 600),
    "browser": Layer("pages in a browser", (*PARALLEL, "-m", "e2e", "--ignore=tests/e2e"), 180),
    "stories": Layer("stories of the whole program", ("-m", "e2e", "tests/e2e"), 300),
    "installed": Layer(
        "data and money on an installed PostgreSQL",
        (*PARALLEL, "-m", "not e2e and not slow", *DATA_AND_MONEY),
        180,
    ),
}


def main(wanted: list[str]) -> int:
    """Runs the wanted layers, all by default; 0 when all of them passed."""
    unknown = [name for name in wanted if name not in LAYERS]
    if unknown:
        sys.exit(f"There is no layer {unknown[0]}; choose from: {', '.join(LAYERS)}.")
    chosen = wanted or list(LAYERS)
    subprocess.run([sys.executable, "-m", "core.cli", "assets"], cwd=ROOT, check=True)
    outcomes = []
    if "fast" in chosen:
        outcomes.append(run(LAYERS["fast"]))
    if "browser" in chosen:
        require_chinese_font()
        outcomes.append(run(LAYERS["browser"], **browser_environment()))
    if "stories" in chosen:
        require_chinese_font()
        outcomes.append(run(LAYERS["stories"], **browser_environment()))
    if "installed" in chosen:
        with installed_server() as environment:
            if environment is not None:
                outcomes.append(run(LAYERS["installed"], **environment))
    return summary(outcomes)


def run(layer: Layer, **environment: str) -> Outcome:
    """Runs one layer; tests that failed are run once more, alone, and named as unsteady when they pass then."""
    say(f"\n== {layer.name}")
    begun = time.monotonic()
    code, closing = pytest(layer.arguments, environment)
    if code == 1:
        say("\n== once more, alone: what failed")
        quiet = tuple(part for part in layer.arguments if part not in ("-n", PROCESSES))
        code, second = pytest((*quiet, "--last-failed", "--last-failed-no-failures", "none"), environment)
        closing = f"{closing}; alone: {second}" + (" (UNSTEADY, see above)" if code == 0 else "")
    return Outcome(layer, code, time.monotonic() - begun, closing)


def pytest(arguments: tuple[str, ...], environment: dict[str, str]) -> tuple[int, str]:
    """Runs pytest, letting its output through; its exit code and closing line."""
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    if sys.stdout.isatty():
        command.append("--color=yes")
    last = deque[str](maxlen=1)
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdout is not None
        while piece := os.read(process.stdout.fileno(), 65536):
            sys.stdout.buffer.write(piece)
            sys.stdout.flush()
            last.extend(line for line in piece.decode(errors="replace").splitlines() if line.strip())
    return process.returncode, last[0] if last else "no output"


def summary(outcomes: list[Outcome]) -> int:
    """Prints each layer's closing line and time; the first failing exit code."""
    say("\n== closing lines")
    for one in outcomes:
        over = f", OVER its budget of {one.layer.budget} s" if one.seconds > one.layer.budget else ""
        say(
            f"{'passed' if one.code == 0 else 'FAILED'}  {one.layer.name}: {one.seconds:.0f} s{over}\n  {one.closing}"
        )
    return next((one.code for one in outcomes if one.code), 0)


def browser_environment() -> dict[str, str]:
    """Where Chromium is: on the system, installed by its package manager, or downloaded by Playwright."""
    found = os.environ.get("PINPU_CHROMIUM") or chromium()
    if found is None and apt("chromium"):
        found = chromium()
    if found is not None:
        return {"PINPU_CHROMIUM": found}
    say("· Downloading Chromium through Playwright …")
    options = ["--with-deps"] if os.geteuid() == 0 else []
    if subprocess.run(
        [sys.executable, "-m", "playwright", "install", *options, "chromium"], check=False
    ).returncode:
        sys.exit("Tests in a browser need Chromium, and it could be neither found, installed nor downloaded.")
    return {}


def chromium() -> str | None:
    """A Chromium or Chrome on this machine."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    return found or (MAC_CHROME if Path(MAC_CHROME).exists() else None)


def require_chinese_font() -> None:
    """Installs a font with Chinese characters where that is possible; screenshots would show empty boxes."""
    if platform.system() == "Darwin" or has_chinese_font() or (apt("fonts-noto-cjk") and has_chinese_font()):
        return
    sys.exit(
        "Tests in a browser need a font with Chinese characters: install Noto Sans CJK (fonts-noto-cjk)."
    )


def has_chinese_font() -> bool:
    """Whether the system knows a font with Chinese characters."""
    if shutil.which("fc-list"):
        return bool(subprocess.run(["fc-list", ":lang=zh"], check=False, capture_output=True).stdout.strip())
    folders = [Path("/usr/share/fonts"), Path.home() / ".local/share/fonts"]
    return any(path for folder in folders for path in folder.rglob("*CJK*"))


@contextmanager
def installed_server() -> Iterator[dict[str, str] | None]:
    """Runs the oldest installed PostgreSQL that we support, in a private folder; None where there is none."""
    programs = installed_programs()
    if programs is None and apt("postgresql"):
        programs = installed_programs()
    if programs is None:
        say(f"\n== no PostgreSQL {OLDEST_SERVER} or newer is installed here; the embedded one was used alone")
        yield None
        return
    from core.kernel.embedded_postgres import throwaway_postgres

    with throwaway_postgres(programs) as server:
        yield {"PINPU_TEST_POSTGRES": server.urls.superuser}


def installed_programs() -> Path | None:
    """The `bin` folder of the oldest supported server on this machine."""
    patterns = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
    patterns += ("/usr/local/opt/postgresql*/bin", "/Applications/Postgres.app/Contents/Versions/*/bin")
    found = {}
    for pattern in patterns:
        for folder in Path("/").glob(pattern.lstrip("/")):
            if (folder / "initdb").exists() and (version := server_version(folder)) >= OLDEST_SERVER:
                found[version] = folder
    return found[min(found)] if found else None


def server_version(folder: Path) -> int:
    """The major version of the programs in a folder; 0 when they do not run."""
    said = subprocess.run(
        [folder / "postgres", "--version"], check=False, capture_output=True, text=True
    ).stdout
    words = [word for word in said.split() if word[0].isdigit()]
    return int(words[0].split(".")[0]) if words else 0


def apt(package: str) -> bool:
    """Installs a Debian package where we may; whether that worked."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    say(f"· Installing {package} …")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", package]

    def attempt(command: list[str]) -> bool:
        done = subprocess.run(
            command, check=False, capture_output=True, env=environment, stdin=subprocess.DEVNULL
        )
        return done.returncode == 0

    return attempt(install) or (attempt(["apt-get", "update"]) and attempt(install))


def say(text: str) -> None:
    """One line, at once."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main(sys.argv[1:]))
