"""The browser files: what is built, when it is built again, and what the lock files may say."""

import gzip
import json
import re
from pathlib import Path

import pytest

from core.rendering.assets import AssetProblem, assets_are_current, build_assets
from core.rendering.console.assets import ICON_FOLDER, VENDOR_FILES
from core.rendering.console.icons import ICONS

ROOT = Path(__file__).resolve().parents[3]
LOCK_FILES = ("package-lock.json", "requirements.lock", "requirements-dev.lock", "requirements-node.lock")


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A node_modules with small files in all the right places."""
    folder = tmp_path / "node_modules"
    for source in VENDOR_FILES.values():
        (folder / source).parent.mkdir(parents=True, exist_ok=True)
        (folder / source).write_text(f"/* {source} */")
    (folder / ICON_FOLDER).mkdir(parents=True)
    for name in ICONS:
        (folder / ICON_FOLDER / f"{name}.svg").write_text(f'<svg class="x"><path d="M{len(name)} 0"/></svg>')
    return folder


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock file; only its bytes matter here."""
    path = tmp_path / "package-lock.json"
    path.write_text("{}")
    return path


def test_build_writes_each_file_its_gzip_twin_and_the_sprite(
    packages: Path, lock: Path, tmp_path: Path
) -> None:
    target = tmp_path / "static" / "vendor"
    built = build_assets(packages, lock=lock, target=target)
    assert built.changed
    assert set(built.marks) == {*VENDOR_FILES, "icons.svg"}
    style = (target / "tabler.min.css").read_bytes()
    assert gzip.decompress((target / "tabler.min.css.gz").read_bytes()) == style
    assert all(f'id="i-{name}"' in (target / "icons.svg").read_text() for name in ICONS)


def test_second_build_touches_nothing(packages: Path, lock: Path, tmp_path: Path) -> None:
    target = tmp_path / "vendor"
    first = build_assets(packages, lock=lock, target=target)
    stamp = (target / "manifest.json").stat().st_mtime_ns
    second = build_assets(tmp_path / "gone", lock=lock, target=target)
    assert not second.changed
    assert second.marks == first.marks
    assert (target / "manifest.json").stat().st_mtime_ns == stamp


def test_changed_lock_builds_again_and_removes_what_is_not_named(
    packages: Path, lock: Path, tmp_path: Path
) -> None:
    target = tmp_path / "vendor"
    build_assets(packages, lock=lock, target=target)
    (target / "left-over.js").write_text("")
    lock.write_text('{"changed": true}')
    assert not assets_are_current(lock, target)
    assert build_assets(packages, lock=lock, target=target).changed
    assert not (target / "left-over.js").exists()
    assert assets_are_current(lock, target)


def test_deleted_file_builds_again(packages: Path, lock: Path, tmp_path: Path) -> None:
    target = tmp_path / "vendor"
    build_assets(packages, lock=lock, target=target)
    (target / "htmx.min.js").unlink()
    assert build_assets(packages, lock=lock, target=target).changed
    assert (target / "htmx.min.js").exists()


def test_missing_icon_and_missing_package_are_named(packages: Path, lock: Path, tmp_path: Path) -> None:
    (packages / ICON_FOLDER / "truck.svg").unlink()
    with pytest.raises(AssetProblem, match=r"truck\.svg"):
        build_assets(packages, lock=lock, target=tmp_path / "vendor")
    (packages / VENDOR_FILES["htmx.min.js"]).unlink()
    with pytest.raises(AssetProblem, match=re.escape(VENDOR_FILES["htmx.min.js"])):
        build_assets(packages, lock=lock, target=tmp_path / "vendor")


def test_packages_are_pinned_and_exactly_those_that_are_used() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    used = [*VENDOR_FILES.values(), ICON_FOLDER]
    assert set(wanted) == {"/".join(path.split("/")[: 2 if path.startswith("@") else 1]) for path in used}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())


@pytest.mark.parametrize("name", LOCK_FILES)
def test_lock_file_has_hashes_and_no_download_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert '"resolved"' not in text
    assert "--index-url" not in text
    assert "--find-links" not in text
    assert not re.search(r"^\S+ @ ", text, re.MULTILINE)
    packages = len(re.findall(r"^[\w.-]+(?:\[\w+\])?==|\"node_modules/", text, re.MULTILINE))
    hashed = len(re.findall(r"==\S+(?: ; [^\\]+)? \\\n    --hash=sha256:|\"integrity\": \"sha512-", text))
    assert packages == hashed > 0
