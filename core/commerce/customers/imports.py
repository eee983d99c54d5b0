"""Importing customers: columns and a dry run first, then carried out in chunks that can stop and go on at any point."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from core.commerce.customers.errors import ImportFileGone, ImportNotStartable
from core.commerce.customers.import_files import (
    FileRow,
    RowProblem,
    detected_mapping,
    first_look,
    is_understood,
    read_rows,
)
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
# Drafts that nobody started are forgotten after so long.
FORGOTTEN_AFTER = timedelta(days=7)
_LONGEST_NAME = 200
_LOOKED_BACK = 20
_UNEXPECTED = N_("Something went wrong that nobody expected. Nothing is lost: try again.")


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
    header: tuple[str, ...] = ()
    samples: tuple[tuple[str, ...], ...] = ()
    mapping: Mapping[str, int] = field(default_factory=dict)


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
    return ImportView(
        **{name: getattr(row, name) for name in names},
        problems=problems,
        header=tuple(row.sheet.get("header", ())),
        samples=tuple(tuple(one) for one in row.sheet.get("samples", ())),
        mapping=row.mapping,
    )


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
def upload_customers_file(*, file_name: str, content: bytes) -> UUID:
    """Keep a file and return the id of its import; its columns are mapped as last time, or as they are called.

    Nothing is imported. Raises a SheetRefused.
    """
    header, samples = first_look(content)
    import_id = new_id()
    path = f"imports/{current_scope().shop_id}/customers-{import_id}"
    put_file(path, content)
    session().add(
        CustomerImport(
            id=import_id,
            file_name=file_name[-_LONGEST_NAME:].replace("\x00", ""),
            path=path,
            state="uploaded",
            sheet={"header": header, "samples": samples},
            mapping=_remembered(header) or detected_mapping(header),
        )
    )
    return import_id


def _remembered(header: Sequence[str]) -> dict[str, int] | None:
    """What was said about the latest file with these columns, in whatever order they stand now."""
    latest = (
        select(CustomerImport.sheet, CustomerImport.mapping)
        .where(CustomerImport.state != "uploaded")
        .order_by(CustomerImport.created_at.desc())
        .limit(_LOOKED_BACK)
    )
    for sheet, mapping in session().execute(latest):
        theirs = sheet.get("header", [])
        if sorted(theirs) == sorted(header):
            return {name: header.index(theirs[place]) for name, place in mapping.items()}
    return None


def customers_file_understood(import_id: UUID) -> bool:
    """Whether the file's columns explain themselves, or somebody explained such a file before."""
    with reading():
        run = session().scalars(select(CustomerImport).where(CustomerImport.id == import_id)).one()
        header = run.sheet["header"]
        return is_understood(header, run.mapping) or _remembered(header) is not None


@command("customers.import")
def check_customers_import(*, import_id: UUID, mapping: Mapping[str, int] | None = None) -> None:
    """Find out what importing would do, with these columns (our name → position) or those that are set already.

    Raises a SheetRefused, NoContactColumn, ImportNotStartable, ImportFileGone.
    """
    run = _locked(import_id)
    if run.state not in ("uploaded", "checked"):
        raise ImportNotStartable
    if mapping is not None:
        run.mapping = dict(mapping)
    content = file_content(run.path)
    if content is None:
        raise ImportFileGone
    tally, problems, total = _foreseen(content, run.mapping)
    run.state, run.total, run.problems = "checked", total, [asdict(one) for one in problems[:MOST_PROBLEMS]]
    run.created, run.updated, run.skipped = tally.created, tally.updated, tally.skipped


def _foreseen(content: bytes, mapping: Mapping[str, int]) -> tuple[_Tally, list[RowProblem], int]:
    """What importing a file would do, what is wrong with it, and how many rows it has."""
    tally, problems, total = _Tally(), list[RowProblem](), 0
    seen: set[str] = set()
    rows = read_rows(content, mapping)
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
    return tally, problems, total


def check_customers_file(*, file_name: str, content: bytes) -> UUID:
    """Keep a file whose columns explain themselves and check it here and now; returns the id of the import.

    Raises a SheetRefused, NoContactColumn.
    """
    import_id = upload_customers_file(file_name=file_name, content=content)
    check_customers_import(import_id=import_id)
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


@command("customers.import")
def retry_customers_import(*, import_id: UUID) -> None:
    """Go on with an import that failed, where it stopped. Raises NotFound, ImportNotStartable, ImportFileGone."""
    run = _locked(import_id)
    if run.state != "failed":
        raise ImportNotStartable
    if file_content(run.path) is None:
        raise ImportFileGone
    run.state, run.finished_at, run.problems = "running", None, [one for one in run.problems if one["line"]]
    jobs.defer(import_customers, import_id=str(import_id))


def give_up_import(import_id: str) -> None:
    """Its job failed for the last time."""
    end_import(import_id=UUID(import_id), problem=RowProblem(0, _UNEXPECTED))


@jobs.job(
    "customers.import_customers",
    queue="bulk",
    max_attempts=7,
    says=N_("importing customers"),
    gives_up=give_up_import,
)
def import_customers(import_id: str) -> None:
    """Carry an import out from where it stands; two workers at it do nothing twice."""
    run_id = UUID(import_id)
    with reading():
        run = session().scalars(select(CustomerImport).where(CustomerImport.id == run_id)).first()
        state, path, done, mapping = (run.state, run.path, run.done, run.mapping) if run else ("", "", 0, {})
    if state != "running":
        return
    content = file_content(path)
    try:
        if content is None:
            raise ImportFileGone
        # What began before columns were mapped was read by their names.
        rows = islice(read_rows(content, mapping or detected_mapping(first_look(content)[0])), done, None)
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


def forget_customer_drafts(limit: int = 200) -> int:
    """Remove files that nobody imported within FORGOTTEN_AFTER; returns how many."""
    old = (
        select(CustomerImport.id)
        .where(
            CustomerImport.state.in_(("uploaded", "checked")),
            CustomerImport.created_at <= now() - FORGOTTEN_AFTER,
        )
        .order_by(CustomerImport.created_at)
        .limit(limit)
    )
    with reading():
        ids = session().scalars(old).all()
    paths = [_forget(import_id=one) for one in ids]
    for path in filter(None, paths):
        remove_file(path)
    return len(ids)


def remove_customers_draft(*, import_id: UUID) -> None:
    """Take a file away that was not imported. Raises NotFound, ImportNotStartable."""
    path = _removed(import_id=import_id)
    if not path:
        raise ImportNotStartable
    remove_file(path)


@command("customers.import")
def _removed(*, import_id: UUID) -> str:
    return _without_draft(import_id)


@command("system")
def _forget(*, import_id: UUID) -> str:
    return _without_draft(import_id)


def _without_draft(import_id: UUID) -> str:
    """Take a draft away; returns where its file is, "" when somebody started it meanwhile."""
    run = _locked(import_id)
    if run.state not in ("uploaded", "checked"):
        return ""
    session().delete(run)
    return run.path
