"""Importing customers: a dry run first, then carried out in chunks that can stop and go on at any point."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from core.commerce.customers.errors import ImportFileGone, ImportNotStartable
from core.commerce.customers.import_files import FileRow, RowProblem, read_rows
from core.commerce.customers.models import Customer, CustomerImport, CustomerNote
from core.commerce.customers.staff_actions import put_tags
from core.commerce.media.storage import file_content, put_file, remove_file
from core.hooks.current import answer
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.errors import NotFound, PinpuError
from core.kernel.i18n import N_
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope

CHUNK = 200
MOST_PROBLEMS = 100
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class ImportView:
    """One import; in the state "checked" the counts say what it would do."""

    id: UUID
    file_name: str
    state: str
    total: int
    done: int
    created: int
    updated: int
    skipped: int
    problems: tuple[RowProblem, ...]
    created_at: datetime
    finished_at: datetime | None


def _view(row: CustomerImport) -> ImportView:
    names = (
        "id",
        "file_name",
        "state",
        "total",
        "done",
        "created",
        "updated",
        "skipped",
        "created_at",
        "finished_at",
    )
    problems = tuple(RowProblem(**one) for one in row.problems)
    return ImportView(**{name: getattr(row, name) for name in names}, problems=problems)


def customer_import(import_id: UUID) -> ImportView | None:
    """The import with this id, or None."""
    statement = select(CustomerImport).where(CustomerImport.id == import_id)
    row = session().scalars(statement.execution_options(populate_existing=True)).first()
    return _view(row) if row else None


def customer_imports(limit: int = 20) -> list[ImportView]:
    """The latest imports, newest first."""
    statement = select(CustomerImport).order_by(CustomerImport.created_at.desc()).limit(limit)
    return [_view(row) for row in session().scalars(statement.execution_options(populate_existing=True))]


@dataclass(slots=True)
class _Tally:
    """What became, or would become, of rows."""

    created: int = 0
    updated: int = 0
    skipped: int = 0

    def add(self, outcome: str) -> None:
        setattr(self, outcome, getattr(self, outcome) + 1)


@command("customers.import")
def check_customers_file(*, file_name: str, content: bytes) -> UUID:
    """Read a file, keep it with what importing it would do, and return the id of the import; nothing is imported yet.

    Raises a SheetRefused, NoContactColumn.
    """
    import_id, tally, problems, total = new_id(), _Tally(), list[RowProblem](), 0
    seen: set[str] = set()
    rows = read_rows(content)
    while chunk := list(islice(rows, CHUNK)):
        total += len(chunk)
        known = _known(one for one in chunk if isinstance(one, FileRow))
        for one in chunk:
            if isinstance(one, RowProblem):
                tally.add("skipped")
                problems.append(one)
                continue
            there = _found(one, known)
            again = {one.phone, one.email} & seen
            seen |= {one.phone, one.email} - {""}
            tally.add("skipped" if len(there) > 1 else "updated" if there or again else "created")
            if len(there) > 1:
                problems.append(_two_people(one))
    path = f"imports/{current_scope().shop_id}/customers-{import_id}"
    put_file(path, content)
    session().add(
        CustomerImport(
            id=import_id,
            file_name=file_name[-_LONGEST_NAME:].replace("\x00", ""),
            path=path,
            total=total,
            problems=[asdict(one) for one in problems[:MOST_PROBLEMS]],
            **asdict(tally),
        )
    )
    return import_id


def _two_people(row: FileRow) -> RowProblem:
    return RowProblem(
        row.line, N_("The phone number and the e-mail address belong to two different customers.")
    )


def _known(rows: Iterable[FileRow]) -> dict[str, Customer]:
    """Customers of the shop by the contacts that these rows name."""
    listed = list(rows)
    phones, emails = [one.phone for one in listed if one.phone], [one.email for one in listed if one.email]
    statement = select(Customer).where(or_(Customer.phone.in_(phones), Customer.email.in_(emails)))
    found: dict[str, Customer] = {}
    for customer in session().scalars(statement.execution_options(populate_existing=True)):
        found |= {contact: customer for contact in (customer.phone, customer.email) if contact}
    return found


def _found(row: FileRow, known: dict[str, Customer]) -> list[Customer]:
    there = {known[one].id: known[one] for one in (row.phone, row.email) if one in known}
    return list(there.values())


@command("customers.import")
def start_customers_import(*, import_id: UUID) -> None:
    """Let the worker carry a checked import out. Raises NotFound, ImportNotStartable."""
    run = _locked(import_id)
    if run.state != "checked":
        raise ImportNotStartable
    answer(
        "answer_change_noted",
        action="customers.imported",
        subject=run.file_name,
        before={},
        after={"customers": run.created + run.updated},
    )
    run.state, run.done, run.created, run.updated, run.skipped, run.problems = "running", 0, 0, 0, 0, []
    jobs.defer(import_customers, import_id=str(import_id))


@jobs.job("customers.import_customers", queue="bulk", says=N_("importing customers"))
def import_customers(import_id: str) -> None:
    """Carry an import out from where it stands; two workers at it do nothing twice."""
    run_id = UUID(import_id)
    with reading():
        run = session().scalars(select(CustomerImport).where(CustomerImport.id == run_id)).first()
        state, path, done = (run.state, run.path, run.done) if run else ("", "", 0)
    if state != "running":
        return
    content = file_content(path)
    try:
        if content is None:
            raise ImportFileGone
        rows = islice(read_rows(content), done, None)
        while chunk := list(islice(rows, CHUNK)):
            if not write_chunk(import_id=run_id, start=done, chunk=chunk):
                return
            done += len(chunk)
    except PinpuError as refused:
        end_import(import_id=run_id, problem=RowProblem(0, refused.message, dict(refused.params)))
        return
    end_import(import_id=run_id)
    remove_file(path)


@command("system")
def write_chunk(*, import_id: UUID, start: int, chunk: Sequence[FileRow | RowProblem]) -> bool:
    """Write customers and progress in one transaction; False when somebody else has been here already."""
    run = _locked(import_id)
    if run.state != "running" or run.done != start:
        return False
    known, tally, problems = _known(one for one in chunk if isinstance(one, FileRow)), _Tally(), []
    for one in chunk:
        there = _found(one, known) if isinstance(one, FileRow) else []
        if isinstance(one, RowProblem) or len(there) > 1:
            problems.append(one if isinstance(one, RowProblem) else _two_people(one))
            tally.add("skipped")
            continue
        customer = _merged(there[0], one) if there else _made(one)
        known |= {contact: customer for contact in (customer.phone, customer.email) if contact}
        tally.add("updated" if there else "created")
    run.done += len(chunk)
    run.created, run.updated, run.skipped = (
        run.created + tally.created,
        run.updated + tally.updated,
        run.skipped + tally.skipped,
    )
    run.problems = [*run.problems, *(asdict(one) for one in problems)][:MOST_PROBLEMS]
    return True


def _made(row: FileRow) -> Customer:
    customer = Customer(
        id=new_id(),
        name=row.name,
        email=row.email or None,
        phone=row.phone or None,
        language=current_scope().language,
        source="import",
    )
    session().add(customer)
    session().flush()
    return _filled(customer, row)


def _merged(customer: Customer, row: FileRow) -> Customer:
    """What the file says wins over nothing, never over what is known of the person's contacts."""
    customer.name = row.name or customer.name
    customer.email = customer.email or row.email or None
    customer.phone = customer.phone or row.phone or None
    session().flush()
    return _filled(customer, row)


def _filled(customer: Customer, row: FileRow) -> Customer:
    if row.consent and not customer.marketing_consent:
        customer.marketing_consent, customer.consent_at = True, now()
    put_tags([customer.id], row.tags)
    if row.note:
        kept = select(CustomerNote.id).where(
            CustomerNote.customer_id == customer.id, CustomerNote.text == row.note
        )
        if session().scalars(kept.limit(1)).first() is None:
            session().add(CustomerNote(customer_id=customer.id, text=row.note))
    return customer


@command("system")
def end_import(*, import_id: UUID, problem: RowProblem | None = None) -> None:
    """Say that a running import is done, or why it cannot go on."""
    run = _locked(import_id)
    if run.state == "running":
        run.state, run.finished_at = "failed" if problem else "done", now()
        run.problems = [*([asdict(problem)] if problem else []), *run.problems]


def _locked(import_id: UUID) -> CustomerImport:
    wanted: Any = select(CustomerImport).where(CustomerImport.id == import_id).with_for_update()
    run: CustomerImport | None = session().scalars(wanted.execution_options(populate_existing=True)).first()
    if run is None:
        raise NotFound
    return run
