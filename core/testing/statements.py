"""Counts the statements that a block sends to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from core.kernel import hot_statements
from core.kernel.db import app_engine

# What a session sends by itself to bind its shop; it says nothing about the query under test.
_OWN = ("SET LOCAL", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


@dataclass
class Statements:
    """The statements seen so far, in order."""

    texts: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)


@contextmanager
def count_statements(*, own: bool = False) -> Iterator[Statements]:
    """Collect what the application's engine sends inside the block; with `own`, also what sessions send by themselves.

    with count_statements() as sent:
        product_page("longjing")
    assert len(sent) == 1
    """
    seen = Statements()

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if own or not statement.lstrip().upper().startswith(_OWN):
            seen.texts.append(statement)

    engine = app_engine()
    event.listen(engine, "before_cursor_execute", note)
    hot_statements.watchers.append(seen.texts.append)
    try:
        yield seen
    finally:
        hot_statements.watchers.remove(seen.texts.append)
        event.remove(engine, "before_cursor_execute", note)
