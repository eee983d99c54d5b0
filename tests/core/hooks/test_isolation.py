"""Integration: a plugin whose statement fails in a guarded call leaves the transaction around it as it was."""

from contextlib import suppress

import pytest
from sqlalchemy import select, text

from core.commerce.messages.models import Message
from core.hooks.dispatch import Dispatcher, PluginSets
from core.kernel import jobs
from core.kernel.command import command
from core.kernel.db import TransactionEnded, current_unit, fenced, reading, session, unit_of_work
from core.kernel.ids import new_id
from core.testing.statements import count_statements

SQL = """
from sqlalchemy import select, text
from core.commerce.messages.models import Message
from core.kernel import jobs
from core.kernel.db import reading, session
"""
FAILING = "session().execute(text('SELECT no_such_column'))"
READING = "session().scalars(select(Message.body)).all()"
HOOKS = {
    "enrich_books": ({"book_ids": (), "language": "en"}, "{}"),
    "adjust_price": ({"total": 1}, "[]"),
    "check_basket": ({"total": 1, "member": False}, "[]"),
    "show_shelf": ({"shelf": "s"}, "{}"),
}


@jobs.job("test.deferred_by_a_plugin", queue="bulk")
def deferred(**_):
    """Never run."""


def message(body):
    return Message(id=new_id(), topic="t", channel="email", recipient="a@example.com", body=body)


def bodies():
    with reading():
        return sorted(session().scalars(select(Message.body)))


@pytest.fixture
def hooks_with(folder, boot):
    """`hooks_with(hook, lines)`: plugin alpha does this in its hook and beta answers `[]`-like after it."""

    def made(hook, *lines, value=None):
        answer = value or HOOKS[hook][1]
        body = "".join(f"    {line}\n" for line in lines)
        folder.write("alpha", f"{SQL}\n@hookimpl\ndef {hook}():\n{body}    return {answer}\n")
        folder.write("beta", f"{SQL}\n@hookimpl\ndef {hook}():\n    {READING}\n    return {answer}\n")
        return Dispatcher(boot()).for_sets(PluginSets.of(["alpha", "beta"]))

    return made


@command("system")
def write_around(ask):
    session().add(message("before"))
    session().flush()
    said = ask()
    session().add(message("after"))
    return said


def asked(hooks, hook):
    return [(type(one).__name__, one.plugin) for one in hooks.call(hook, failed="collect", **HOOKS[hook][0])]


ONE_FAILED = [("PluginFailure", "alpha"), ("PluginResult", "beta")]
BOTH = [("PluginResult", "alpha"), ("PluginResult", "beta")]


@pytest.mark.parametrize("hook", HOOKS)
def test_failing_statement_while_reading_leaves_the_page_readable(in_shop, hooks_with, hook):
    hooks = hooks_with(hook, FAILING)
    with unit_of_work(writing=False):
        assert asked(hooks, hook) == ONE_FAILED
        assert bodies() == []


@pytest.mark.parametrize("hook", HOOKS)
def test_failing_statement_inside_a_command_loses_nothing_else(in_shop, hooks_with, hook):
    hooks = hooks_with(hook, FAILING)
    tries = []
    assert write_around(lambda: tries.append(1) or asked(hooks, hook)) == ONE_FAILED
    assert bodies() == ["after", "before"]
    assert len(tries) == 1


def test_failing_candidate_is_followed_by_the_next(in_shop, hooks_with):
    hooks = hooks_with("choose_carrier", FAILING, value="'cart'")
    assert write_around(lambda: hooks.first("choose_carrier", weight=1)).plugin == "beta"
    assert bodies() == ["after", "before"]


@pytest.mark.parametrize("writing", [True, False], ids=["command", "page"])
def test_failure_that_a_plugin_hides_does_not_reach_the_others(in_shop, hooks_with, writing):
    hooks = hooks_with("enrich_books", "try:", f"    {FAILING}", "except Exception:", "    pass")
    if writing:
        assert write_around(lambda: asked(hooks, "enrich_books")) == BOTH
        assert bodies() == ["after", "before"]
    else:
        with unit_of_work(writing=False):
            assert asked(hooks, "enrich_books") == BOTH
            assert bodies() == []


@pytest.mark.parametrize("writing", [True, False], ids=["command", "page"])
def test_row_that_the_database_refuses_is_the_plugins_own_failure(in_shop, hooks_with, writing):
    row = "Message(topic='t', channel='smoke', recipient='r', body='b')"
    hooks = hooks_with("enrich_books", f"session().add({row})", "session().flush()")
    if writing:
        assert write_around(lambda: asked(hooks, "enrich_books")) == ONE_FAILED
        assert bodies() == ["after", "before"]
    else:
        with unit_of_work(writing=False):
            assert asked(hooks, "enrich_books") == ONE_FAILED
            assert bodies() == []


def test_row_that_is_only_refused_when_it_is_sent_is_the_plugins_failure_too(in_shop, hooks_with):
    row = "Message(topic='t', channel='smoke', recipient='r', body='b')"
    hooks = hooks_with("enrich_books", f"session().add({row})")
    assert write_around(lambda: asked(hooks, "enrich_books")) == ONE_FAILED
    assert bodies() == ["after", "before"]


def test_what_a_failing_plugin_wrote_and_deferred_is_undone(in_shop, hooks_with):
    row = "Message(topic='t', channel='email', recipient='r', body='of alpha')"
    job = "jobs.defer(jobs.job_types()['test.deferred_by_a_plugin'])"
    hooks = hooks_with("enrich_books", f"session().add({row})", "session().flush()", job, "raise ValueError")

    def ask():
        said = asked(hooks, "enrich_books")
        assert current_unit().deferred_jobs == []
        return said

    assert write_around(ask) == ONE_FAILED
    assert bodies() == ["after", "before"]


def test_job_of_a_failing_plugin_that_did_nothing_else_is_not_sent(in_shop, hooks_with):
    job = "jobs.defer(jobs.job_types()['test.deferred_by_a_plugin'])"
    hooks = hooks_with("enrich_books", job, "raise ValueError")

    def ask():
        said = asked(hooks, "enrich_books")
        return said, list(current_unit().deferred_jobs)

    assert write_around(ask) == (ONE_FAILED, [])


def test_plugin_that_reads_nothing_costs_no_statement_and_a_reader_costs_a_savepoint(in_shop, hooks_with):
    hooks = hooks_with("enrich_books")
    sent = []

    @command("system")
    def ask():
        session().execute(text("SELECT 1"))
        with count_statements(own=True) as seen:
            asked(hooks, "enrich_books")
        sent.extend(seen.texts)

    ask()
    # Only beta reads.
    assert [one.split()[0] for one in sent] == ["SAVEPOINT", "SELECT", "RELEASE"]


def test_reading_plugin_costs_a_page_no_statement_of_ours(in_shop, hooks_with):
    hooks = hooks_with("enrich_books", READING)
    with unit_of_work(writing=False):
        session().execute(text("SELECT 1"))
        with count_statements(own=True) as seen:
            asked(hooks, "enrich_books")
    assert [one.split()[0] for one in seen.texts] == ["SELECT", "SELECT"]


def test_calls_within_calls_undo_only_their_own(in_shop):
    @command("system")
    def nested():
        with fenced():
            session().add(message("outer"))
            with suppress(ValueError), fenced():
                session().add(message("inner"))
                session().flush()
                raise ValueError

    nested()
    assert bodies() == ["outer"]


@pytest.mark.parametrize("end", ["rollback", "commit"])
def test_plugin_that_ends_the_commands_transaction_is_not_gone_on_without(in_shop, hooks_with, end):
    hooks = hooks_with("enrich_books", f"session().{end}()")
    with pytest.raises(TransactionEnded):
        write_around(lambda: asked(hooks, "enrich_books"))
    assert "after" not in bodies()
