"""The catalog check finds every kind of table, key, policy, grant and view that would not keep shops apart."""

import os

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from core.kernel.catalog_check import CatalogUnsound, offences, require_sound_catalog
from core.kernel.db import make_engine
from core.testing import cluster

STRICT = "shop_id = current_setting('app.shop_id')::bigint"
GOOD = (
    "CREATE TABLE {name} (shop_id bigint NOT NULL, id uuid NOT NULL, note text, PRIMARY KEY (shop_id, id));"
    "COMMENT ON TABLE {name} IS 'tenant table';"
    "ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;"
    f"CREATE POLICY shop ON {{name}} USING ({STRICT}) WITH CHECK ({STRICT});"
    "GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO pinpu_app;"
)
REFERENCE = (
    "CREATE TABLE kernel_colour (name text PRIMARY KEY, shop_id bigint); GRANT SELECT ON kernel_colour TO pinpu_app;"
    "COMMENT ON TABLE kernel_colour IS 'reference table';"
)
GOOD_TABLE = GOOD.format(name="kernel_thing")
PLUGIN = "CREATE SCHEMA plugin_odd; GRANT USAGE ON SCHEMA plugin_odd TO pinpu_app;"

# What is done to the database, and what the check says of it.
OFFENCES = {
    "no kind": (
        "CREATE TABLE kernel_thing (shop_id bigint NOT NULL, id uuid, PRIMARY KEY (shop_id, id))",
        "kernel_thing: its kind is not declared",
    ),
    "no row-level security": (
        GOOD_TABLE + "ALTER TABLE kernel_thing DISABLE ROW LEVEL SECURITY",
        "kernel_thing: row-level security is not enabled",
    ),
    "forced": (
        GOOD_TABLE + "ALTER TABLE kernel_thing FORCE ROW LEVEL SECURITY",
        "kernel_thing: row-level security is forced",
    ),
    "no policy": (GOOD_TABLE + "DROP POLICY shop ON kernel_thing", "exactly the one strict policy"),
    "lenient policy": (
        GOOD_TABLE + "ALTER POLICY shop ON kernel_thing USING (true)",
        "exactly the one strict policy",
    ),
    "policy that forgives an unbound shop": (
        GOOD_TABLE
        + "ALTER POLICY shop ON kernel_thing USING (shop_id = nullif(current_setting('app.shop_id', true), '')::bigint)",
        "exactly the one strict policy",
    ),
    "second policy": (
        GOOD_TABLE + "CREATE POLICY all_shops ON kernel_thing FOR SELECT USING (true)",
        "exactly the one strict policy",
    ),
    "policy for one role": (
        GOOD_TABLE + "ALTER POLICY shop ON kernel_thing TO pinpu_app",
        "exactly the one strict policy",
    ),
    "key the other way round": (
        GOOD_TABLE.replace("(shop_id, id)", "(id, shop_id)"),
        "kernel_thing: its primary key is not (shop_id, id)",
    ),
    "shop not first": (
        GOOD_TABLE.replace(
            "shop_id bigint NOT NULL, id uuid NOT NULL", "id uuid NOT NULL, shop_id bigint NOT NULL"
        ),
        "its first column is not shop_id",
    ),
    "shop too small": (
        GOOD_TABLE.replace("shop_id bigint", "shop_id integer"),
        "its first column is not shop_id",
    ),
    "index without shop": (
        GOOD_TABLE + "CREATE INDEX ix_thing ON kernel_thing (note)",
        "index ix_thing does not begin with shop_id",
    ),
    "index on an expression": (
        GOOD_TABLE + "CREATE INDEX ix_thing ON kernel_thing (lower(note), shop_id)",
        "index ix_thing does not begin with shop_id",
    ),
    "unique without shop": (
        GOOD_TABLE + "ALTER TABLE kernel_thing ADD CONSTRAINT one_note UNIQUE (note)",
        "index one_note does not begin with shop_id",
    ),
    "foreign key without shop": (
        GOOD_TABLE
        + "ALTER TABLE media_asset ADD CONSTRAINT uq_odd UNIQUE (id);"
        + "ALTER TABLE kernel_thing ADD CONSTRAINT fk_odd FOREIGN KEY (id) REFERENCES media_asset (id)",
        "foreign key fk_odd does not begin with shop_id",
    ),
    "foreign key that blanks": (
        GOOD_TABLE
        + "ALTER TABLE kernel_thing ADD asset_id uuid;"
        + "ALTER TABLE kernel_thing ADD CONSTRAINT fk_odd FOREIGN KEY (shop_id, asset_id)"
        + " REFERENCES media_asset (shop_id, id) ON DELETE SET NULL",
        "foreign key fk_odd blanks columns",
    ),
    "foreign key into a plugin": (
        GOOD_TABLE
        + PLUGIN
        + GOOD.format(name="plugin_odd.thing")
        + "ALTER TABLE kernel_thing ADD CONSTRAINT fk_odd FOREIGN KEY (shop_id, id)"
        + " REFERENCES plugin_odd.thing (shop_id, id)",
        "foreign key fk_odd leads into a plugin's schema",
    ),
    "reference that knows a shop's row": (
        REFERENCE
        + "ALTER TABLE kernel_colour ADD asset_id uuid;"
        + "ALTER TABLE kernel_colour ADD CONSTRAINT fk_odd FOREIGN KEY (shop_id, asset_id)"
        + " REFERENCES media_asset (shop_id, id)",
        "foreign key fk_odd of a reference table leads to public.media_asset",
    ),
    "reference that the application changes": (
        REFERENCE + "GRANT UPDATE ON kernel_colour TO pinpu_app",
        "kernel_colour: the application's role may change a reference table",
    ),
    "reference of a plugin": (
        PLUGIN + REFERENCE.replace("kernel_colour", "plugin_odd.colour"),
        "plugin_odd.colour: plugins make tenant tables only",
    ),
    "owned by the application": (
        GOOD_TABLE + "ALTER TABLE kernel_thing OWNER TO pinpu_app",
        "kernel_thing: the application's role owns it",
    ),
    "open to everybody": (
        GOOD_TABLE + "GRANT SELECT ON kernel_thing TO PUBLIC",
        "kernel_thing: everybody may use it",
    ),
    "may be emptied": (
        GOOD_TABLE + "GRANT TRUNCATE ON kernel_thing TO pinpu_app",
        "kernel_thing: the application's role may TRUNCATE",
    ),
    "unreadable": (
        GOOD_TABLE + "REVOKE ALL ON kernel_thing FROM pinpu_app",
        "kernel_thing: the application's role cannot read and write it",
    ),
    "float": (GOOD_TABLE.replace("note text", "price float8"), "column price has the type float8"),
    "numeric": (GOOD_TABLE.replace("note text", "price numeric(10, 2)"), "column price has the type numeric"),
    "array": (GOOD_TABLE.replace("note text", "notes text[]"), "column notes has the type _text"),
    "native enum": (
        "CREATE TYPE mood AS ENUM ('good', 'bad');" + GOOD_TABLE.replace("note text", "note mood"),
        "column note has the type mood",
    ),
    "serial": (GOOD_TABLE.replace("note text", "n serial"), "column n is counted by the database"),
    "identity": (
        GOOD_TABLE.replace("note text", "n bigint GENERATED ALWAYS AS IDENTITY"),
        "column n is counted by the database",
    ),
    "plain view": (
        "CREATE VIEW kernel_orders AS SELECT * FROM orders_order",
        "kernel_orders: a view without security_invoker",
    ),
    "materialised view": (
        "CREATE MATERIALIZED VIEW kernel_orders AS SELECT number FROM orders_order",
        "kernel_orders: materialised views",
    ),
    "platform table that the application reads": (
        "GRANT SELECT ON platform.staff TO pinpu_app",
        "platform.staff: a platform table stands in the schema platform",
    ),
    "platform table in the wrong schema": (
        "CREATE TABLE staff_note (id uuid PRIMARY KEY); COMMENT ON TABLE staff_note IS 'platform table'",
        "staff_note: a platform table stands in the schema platform",
    ),
    "platform schema open": (
        "GRANT USAGE ON SCHEMA platform TO pinpu_app",
        "role pinpu_app: it may use the schema platform",
    ),
    "trigger of a plugin": (
        PLUGIN
        + GOOD.format(name="plugin_odd.thing")
        + "CREATE TRIGGER odd BEFORE UPDATE ON plugin_odd.thing FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()",
        "plugin_odd.thing: a plugin may not bring a trigger odd",
    ),
    "privileged function of a plugin": (
        PLUGIN
        + "CREATE FUNCTION plugin_odd.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::bigint'",
        "plugin_odd.peek: a plugin may not bring a SECURITY DEFINER function",
    ),
}


@pytest.fixture(scope="module")
def engines(database):
    server, template = os.environ[cluster.SERVER_VARIABLE], os.environ[cluster.TEMPLATE_VARIABLE]
    addresses = cluster.clone(server, template)
    name = str(make_url(addresses.database_url).database)
    superuser = make_url(server).set(drivername="postgresql+psycopg", database=name)
    urls = (
        addresses.database_owner_url,
        addresses.database_url,
        superuser.render_as_string(hide_password=False),
    )
    made = [make_engine(url, pool_size=1, guarded=False) for url in urls]
    yield made
    for engine in made:
        engine.dispose()
    cluster.drop(server, name)


def found_after(engines, sql):
    """What the check says after `sql`, which is rolled back."""
    superuser = engines[2]
    with superuser.connect() as connection:
        connection.execute(text("SET ROLE pinpu_owner"))
        for statement in filter(str.strip, sql.split(";")):
            if "OWNER TO" in statement or "GRANT" in statement:
                connection.execute(text("RESET ROLE"))
            connection.exec_driver_sql(statement)
            connection.execute(text("SET ROLE pinpu_owner"))
        connection.execute(text("RESET ROLE"))
        connection.execute(text("SET ROLE pinpu_app"))
        found = offences(connection)
        connection.rollback()
    return [str(one) for one in found]


def test_catalog_of_all_migrations_is_sound(engines):
    require_sound_catalog(engines[1])


def test_sound_additions_are_accepted(engines):
    sql = GOOD_TABLE + REFERENCE + PLUGIN + GOOD.format(name="plugin_odd.thing")
    sql += "CREATE VIEW kernel_orders WITH (security_invoker = true) AS SELECT * FROM orders_order"
    assert found_after(engines, sql) == []


@pytest.mark.parametrize("name", OFFENCES)
def test_offence_is_found_by_name(engines, name):
    sql, said = OFFENCES[name]
    found = found_after(engines, sql)
    assert any(said in one for one in found), found


def test_owner_is_refused_as_the_application(engines):
    with pytest.raises(CatalogUnsound, match="orders_order: the application's role owns it"):
        require_sound_catalog(engines[0])


def test_superuser_is_refused_as_the_application(engines):
    with pytest.raises(CatalogUnsound, match="it bypasses row-level security"):
        require_sound_catalog(engines[2])


def test_process_does_not_start_on_an_unsound_catalog(engines, platform):
    from dataclasses import replace

    from core.app import boot

    url = engines[0].url.render_as_string(hide_password=False)
    with pytest.raises(CatalogUnsound):
        boot(replace(platform.settings, database_url=url))
