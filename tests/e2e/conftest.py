"""One running demo and one Chromium for all stories; a desk for the merchant, phones for buyers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import running_chromium
from tests.e2e.people import People
from tests.e2e.running import Program, running_demo

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--lang=zh-CN",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a story in a browser."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """`pinpu demo`, from an empty data folder to Ctrl-C."""
    with running_demo(tmp_path_factory.mktemp("pinpu")) as started:
        yield started


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all stories."""
    with running_chromium(ARGUMENTS) as browser:
        yield browser


@pytest.fixture
def people(program: Program, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[People]:
    """Merchants and buyers with browsers of their own; whatever their browsers complain about fails the story."""
    folder = Path(os.environ.get("PINPU_SCREENSHOTS") or "test-results")
    story = request.node.name.removeprefix("test_")
    made = People(program, chromium, folder / story)
    yield made
    made.leave()
    assert made.complaints == []


@pytest.fixture(autouse=True)
def _say_what_programs_said(request: pytest.FixtureRequest, program: Program) -> Iterator[None]:
    """A failing story shows what web, worker and gateway printed meanwhile."""
    before = request.session.testsfailed
    yield
    if request.session.testsfailed > before:
        print(program.said())
