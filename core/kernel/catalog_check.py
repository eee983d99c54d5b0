"""Holds the database's own catalog against the rules that keep shops apart; offenders stop the process by name.

A table says its kind in its comment (migration operations write it). What the application's role may do is asked of
PostgreSQL itself, so a table, grant or view that somebody made by hand is found as well.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text

from core.kernel.db import PLATFORM_TABLE, REFERENCE_TABLE, TENANT_TABLE

_SCHEMAS = "n.nspname IN ('public', 'platform') OR n.nspname LIKE 'plugin\\_%'"
_OF_OURS = f"FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ({_SCHEMAS})"
_LOCAL = ("procrastinate_", "alembic_version")
_STRICT = "(shop_id = (current_setting('app.shop_id'::text))::bigint)"
# Every lexeme of this index carries its shop ("12.茶"), so it starts with the shop although its column does not.
_SHOPS_INSIDE = frozenset(
    {
        "ix_catalog_product_search",
        "ix_customers_customer_search",
        "ix_orders_order_search",
        "ix_orders_line_search",
        "ix_fulfilment_shipment_search",
    }
)
_TYPES = frozenset({
    "int8", "int4", "bool", "text", "varchar", "uuid", "timestamptz", "date", "jsonb", "bytea", "tsvector",
})  # fmt: skip

_RELATIONS = text(
    "SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind,"  # noqa: S608 - built of constants
    " coalesce(obj_description(c.oid, 'pg_class'), '') AS said, c.relrowsecurity AS secured,"
    " c.relforcerowsecurity AS forced, coalesce(c.reloptions @> ARRAY['security_invoker=true'], false) AS invoker,"
    " pg_has_role(current_user, c.relowner, 'MEMBER') AS owned,"
    " ARRAY(SELECT g FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'])"
    "       AS g WHERE has_table_privilege(c.oid, g)) AS may,"
    " EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee = 0) AS public"
    f" {_OF_OURS} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1, 2"
)
_COLUMNS = text(
    "SELECT n.nspname AS schema, c.relname AS name, a.attname AS column, t.typname AS type,"  # noqa: S608
    " a.attnotnull AS required, a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid), '') LIKE 'nextval%'"
    " AS counted FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_class c ON c.oid = a.attrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
    f" WHERE ({_SCHEMAS}) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2, a.attnum"
)
_INDEXES = text(
    "SELECT n.nspname AS schema, c.relname AS name, i.relname AS index, x.indisprimary AS key,"  # noqa: S608
    " ARRAY(SELECT coalesce(a.attname, '') FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k(number, place)"
    "       LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number AND k.number > 0"
    "       ORDER BY k.place) AS columns"
    " FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid"
    f" JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_SCHEMAS} ORDER BY 1, 2, 3"
)
_FOREIGN_KEYS = text(
    "SELECT n.nspname AS schema, c.relname AS name, f.conname AS key, f.confdeltype AS on_delete,"  # noqa: S608
    " m.nspname AS to_schema, o.relname AS to_name, coalesce(obj_description(o.oid, 'pg_class'), '') AS to_said,"
    " ARRAY(SELECT a.attname FROM unnest(f.conkey) WITH ORDINALITY AS k(number, place) JOIN pg_attribute a"
    "       ON a.attrelid = c.oid AND a.attnum = k.number ORDER BY k.place) AS columns,"
    " ARRAY(SELECT a.attname FROM unnest(f.confkey) WITH ORDINALITY AS k(number, place) JOIN pg_attribute a"
    "       ON a.attrelid = o.oid AND a.attnum = k.number ORDER BY k.place) AS to_columns"
    " FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class o ON o.oid = f.confrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_namespace m ON m.oid = o.relnamespace"
    f" WHERE f.contype = 'f' AND ({_SCHEMAS}) ORDER BY 1, 2, 3"
)
_POLICIES = text(
    "SELECT schemaname AS schema, tablename AS name, policyname AS policy, permissive = 'PERMISSIVE' AS permissive,"
    " cmd, roles::text[] AS roles, qual, with_check FROM pg_policies ORDER BY 1, 2, 3"
)
_ROLE = text(
    "SELECT r.rolname AS name, r.rolsuper AS super, r.rolbypassrls AS bypasses,"
    " coalesce(has_schema_privilege(to_regnamespace('platform')::oid, 'USAGE'), false) AS reads_platform"
    " FROM pg_roles r WHERE r.rolname = current_user"
)
_IN_PLUGINS = text(
    "SELECT n.nspname AS schema, c.relname AS name, 'trigger ' || t.tgname AS what FROM pg_trigger t"
    " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE NOT t.tgisinternal AND n.nspname LIKE 'plugin\\_%'"
    " UNION ALL SELECT n.nspname, p.proname, 'SECURITY DEFINER function' FROM pg_proc p"
    " JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.prosecdef AND n.nspname LIKE 'plugin\\_%' ORDER BY 1, 2, 3"
)

Rows = dict[tuple[str, str], list[Any]]


@dataclass(frozen=True, slots=True)
class Offence:
    """A thing of the database that breaks a rule: `thing` by its full name, `rule` in one sentence."""

    thing: str
    rule: str

    def __str__(self) -> str:
        return f"{self.thing}: {self.rule}"


class CatalogUnsound(Exception):
    """The database would not keep shops apart; `offences` says where, and the process must not start."""

    def __init__(self, offences: Sequence[Offence]) -> None:
        self.offences = tuple(offences)
        said = "; ".join(map(str, offences))
        super().__init__(f"The database breaks the rules that keep shops apart: {said}")


def require_sound_catalog(engine: Engine) -> None:
    """Raise CatalogUnsound unless everything that the application's role can reach follows the rules."""
    with engine.connect() as connection:
        found = offences(connection)
    if found:
        raise CatalogUnsound(found)


def offences(connection: Connection) -> list[Offence]:
    """Everything in the database that breaks a rule, by name; `connection` is the application's role."""
    columns, indexes, keys = (_by_table(connection, one) for one in (_COLUMNS, _INDEXES, _FOREIGN_KEYS))
    policies = _by_table(connection, _POLICIES)
    found = [*_role_offences(connection)]
    for relation in connection.execute(_RELATIONS):
        table = relation.schema, relation.name
        broken: Iterator[str] = _rules_of(
            relation, columns[table], indexes[table], keys[table], policies[table]
        )
        found += [Offence(".".join(table), rule) for rule in broken]
    found += [
        Offence(f"{row.schema}.{row.name}", f"a plugin may not bring a {row.what}")
        for row in connection.execute(_IN_PLUGINS)
    ]
    return found


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key between two tables of shops, by their full names; columns in pairs, shop_id first."""

    name: str
    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


def foreign_keys(connection: Connection) -> list[ForeignKey]:
    """Every foreign key from a row of a shop to another row of a shop, by table and name."""
    return [
        ForeignKey(
            row.key,
            f"{row.schema}.{row.name}",
            tuple(row.columns),
            f"{row.to_schema}.{row.to_name}",
            tuple(row.to_columns),
        )
        for row in connection.execute(_FOREIGN_KEYS)
        if row.to_said == TENANT_TABLE and row.columns[0] == "shop_id"
    ]


def _by_table(connection: Connection, statement: Any) -> Rows:
    rows: Rows = defaultdict(list)
    for row in connection.execute(statement):
        rows[row.schema, row.name].append(row)
    return rows


def _role_offences(connection: Connection) -> Iterator[Offence]:
    role = connection.execute(_ROLE).one()
    if role.super or role.bypasses:
        yield Offence(f"role {role.name}", "it bypasses row-level security")
    if role.reads_platform:
        yield Offence(f"role {role.name}", "it may use the schema platform")


def _rules_of(
    relation: Any, columns: list[Any], indexes: list[Any], keys: list[Any], policies: list[Any]
) -> Iterator[str]:
    if relation.kind == "v":
        if not relation.invoker:
            yield "a view without security_invoker goes around row-level security"
        return
    if relation.kind in ("m", "f"):
        yield "materialised views and foreign tables go around row-level security"
        return
    if relation.schema == "public" and relation.name.startswith(_LOCAL):
        return
    if relation.schema.startswith("plugin_") and relation.name.startswith("alembic_version"):
        return
    yield from _shared_rules(relation, columns)
    if relation.said == TENANT_TABLE:
        yield from _tenant_rules(relation, columns, indexes, keys)
        yield from _policy_rules(relation, policies)
    elif relation.said == REFERENCE_TABLE:
        yield from _reference_rules(relation, keys)
    elif relation.said == PLATFORM_TABLE:
        if relation.schema != "platform" or relation.may:
            yield "a platform table stands in the schema platform, out of the application's reach"
    else:
        yield "its kind is not declared; make it with op.tenant_table, op.reference_table or op.platform_table"


def _shared_rules(relation: Any, columns: list[Any]) -> Iterator[str]:
    if relation.owned:
        yield "the application's role owns it"
    if relation.public:
        yield "everybody may use it (a grant to PUBLIC)"
    if forbidden := {"TRUNCATE", "REFERENCES", "TRIGGER"}.intersection(relation.may):
        yield f"the application's role may {', '.join(sorted(forbidden))}"
    if relation.schema == "platform" and relation.said not in ("", PLATFORM_TABLE):
        yield "the schema platform holds platform tables only"
    for column in columns:
        if column.type not in _TYPES:
            yield f"column {column.column} has the type {column.type}"
        if column.counted:
            yield f"column {column.column} is counted by the database; ids are made by the application"


def _tenant_rules(relation: Any, columns: list[Any], indexes: list[Any], keys: list[Any]) -> Iterator[str]:
    first = columns[0] if columns else None
    if first is None or (first.column, first.type, first.required) != ("shop_id", "int8", True):
        yield "its first column is not shop_id BIGINT NOT NULL"
    if not any(index.key and index.columns == ["shop_id", "id"] for index in indexes):
        yield "its primary key is not (shop_id, id)"
    for index in indexes:
        if index.columns[:1] != ["shop_id"] and index.index not in _SHOPS_INSIDE:
            yield f"index {index.index} does not begin with shop_id"
    if not {"SELECT", "INSERT"} <= set(relation.may):
        yield "the application's role cannot read and write it"
    yield from _key_rules(relation, keys)


def _key_rules(relation: Any, keys: Iterable[Any]) -> Iterator[str]:
    for key in keys:
        if key.to_said == TENANT_TABLE and (key.columns[0], key.to_columns[0]) != ("shop_id", "shop_id"):
            yield f"foreign key {key.key} does not begin with shop_id on both sides"
        if key.to_said not in (TENANT_TABLE, REFERENCE_TABLE):
            yield f"foreign key {key.key} leads to {key.to_schema}.{key.to_name}, which is no table of shops"
        if key.on_delete in ("n", "d"):
            yield f"foreign key {key.key} blanks columns when its target is deleted"
        if key.to_schema != relation.schema and key.to_schema.startswith("plugin_"):
            yield f"foreign key {key.key} leads into a plugin's schema"


def _policy_rules(relation: Any, policies: list[Any]) -> Iterator[str]:
    if not relation.secured:
        yield "row-level security is not enabled"
    if relation.forced:
        yield "row-level security is forced, which hangs shard moves"
    strict = [
        one
        for one in policies
        if one.permissive
        and (one.cmd, one.roles, one.qual, one.with_check) == ("ALL", ["public"], _STRICT, _STRICT)
    ]
    if len(policies) != 1 or not strict:
        yield "it does not have exactly the one strict policy on shop_id"


def _reference_rules(relation: Any, keys: Iterable[Any]) -> Iterator[str]:
    if relation.schema.startswith("plugin_"):
        yield "plugins make tenant tables only"
    if set(relation.may) - {"SELECT"}:
        yield "the application's role may change a reference table"
    for key in keys:
        if key.to_said != REFERENCE_TABLE:
            yield f"foreign key {key.key} of a reference table leads to {key.to_schema}.{key.to_name}"
