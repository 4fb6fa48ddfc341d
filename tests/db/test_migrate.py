import json
import secrets
import threading
from contextlib import contextmanager
from itertools import product

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import NullPool, create_engine, inspect
from sqlmodel import SQLModel

from db import migrate, rows, tables
from db.connection import sqlalchemy_url
from db.errors import DatabaseUnavailable
from db.migrate import head, upgrade
from triage.finding import Region
from triage.levels import SHIPPED
from triage.status import OPEN, Status
from triage.study import Sex, Urgency


@pytest.fixture
def engine(addresses):
    made = create_engine(sqlalchemy_url(addresses.owner_url), poolclass=NullPool)
    yield made
    made.dispose()


@contextmanager
def at_revision(url, revision):
    """A database as an older Firstread left it."""
    made = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    with made.begin() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        yield connection
    made.dispose()


@pytest.fixture
def empty(server):
    """A database without any table."""
    name = f"empty_{secrets.token_hex(4)}"
    server.run("CREATE DATABASE {}", name)
    yield server.url(server.owner_url, name)
    server.run("DROP DATABASE {} WITH (FORCE)", name)


def test_the_tables_are_those_of_the_rows(engine):
    assert tables.StudyRow.metadata is SQLModel.metadata
    ours = set(SQLModel.metadata.tables)

    def include(name, kind, _parents):
        if kind == "column" and name in {"words", "stage"}:  # the database's own, for searching
            return False
        return kind != "table" or name in ours

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": include, "compare_type": True, "compare_server_default": True}
        )
        differences = [d for d in compare_metadata(context, SQLModel.metadata) if "index" not in str(d[0])]
    assert differences == []


def test_the_newest_revision_is_in_the_database(engine):
    with engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == head() == "0013"


def test_every_time_knows_its_zone(engine):
    found = inspect(engine)
    moments = {
        (table, column["name"]): column["type"].timezone
        for table in found.get_table_names()
        for column in found.get_columns(table)
        if hasattr(column["type"], "timezone")
    }
    assert len(moments) > 15
    assert all(moments.values())


def test_words_are_unlogged_and_nothing_else_is(owner):
    unlogged = owner.execute(
        "SELECT relname FROM pg_class WHERE relpersistence = 'u' AND relkind = 'r'"
    ).fetchall()
    assert unlogged == [("word",)]


def test_the_database_knows_the_same_words_as_the_domain(owner):
    """A status or a sex that the domain learns has to be let in by a migration."""
    rules = " ".join(
        row[0]
        for row in owner.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'study'::regclass AND contype = 'c'"
        )
    )
    for word in (*Status, *Sex):
        assert f"'{word.value}'" in rules
    waiting = owner.execute(
        "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef JOIN pg_attribute ON attnum = adnum AND attrelid = adrelid "
        "WHERE adrelid = 'study'::regclass AND attname = 'waiting'"
    ).fetchone()[0]
    assert {s for s in Status if f"'{s.value}'" in waiting} == set(Status) - OPEN


def test_a_second_time_changes_nothing(addresses):
    upgrade(addresses.owner_url)


def test_two_at_once_take_turns(empty):
    failures = []

    def one():
        try:
            upgrade(empty)
        except DatabaseUnavailable as e:
            failures.append(e)

    both = [threading.Thread(target=one) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert failures == []
    with psycopg.connect(empty) as connection:
        assert connection.execute("SELECT count(*) FROM study").fetchone() == (0,)


def test_a_migration_that_fails_leaves_nothing(empty):
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute("CREATE TYPE procrastinate_job_status AS ENUM ('in the way')")
    with pytest.raises(DatabaseUnavailable, match="already exists"):
        upgrade(empty)
    with psycopg.connect(empty) as connection:
        assert connection.execute(
            "SELECT to_regclass('study'), to_regclass('alembic_version')"
        ).fetchone() == (
            None,
            None,
        )


def test_the_application_cannot_migrate(own_database, addresses):
    with psycopg.connect(addresses.owner_url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(DatabaseUnavailable, match="permission denied"):
        upgrade(addresses.app_url)


def test_an_address_without_a_server_is_said_so(tmp_path):
    with pytest.raises(DatabaseUnavailable, match="could not be migrated"):
        upgrade(f"postgresql://u:p@/n?host={tmp_path}")


def test_the_one_heatmap_of_an_old_reading_becomes_that_of_its_most_probable_finding(empty):
    """Readings of before every finding had a map stay readable, and nothing that is counted is counted anew."""
    said = [("edema", 0.7), ("effusion", 0.84), ("hernia", None), ("mass", 0.84)]
    found = [{"code": c, "probability": p, "laterality": None, "region": [0, 0, 1, 1]} for c, p in said]
    with at_revision(empty, "0009") as connection:
        connection.exec_driver_sql(
            "INSERT INTO study (study_uid, patient_value, patient_issuer, patient_name, sex, accession_number, modality,"
            " studied_at, received_at, order_priority, indication, simulated, status, status_reason, moved_at, urgency,"
            " reasons, ai_negative, due_at, levels) VALUES ('1.2', 'P', 'H', '', 'other', '', 'DX', now(), now(), 0, '',"
            " false, 'ranked', '', now(), 0, '[]', false, now(), '')"
        )
        for findings, sha256 in [(found, "abc"), (found, None), ([], None)]:
            connection.exec_driver_sql(
                "INSERT INTO reading (study_uid, findings, model_id, model_sha256, model_bits, permit_id, input_sha256,"
                " read_at, seconds, heatmap_sha256, note) VALUES ('1.2', %s, 'm', 'x', 4, 'p', 'x', now(), '{}', %s, '')",
                (json.dumps(findings), sha256),
            )
    with psycopg.connect(empty, autocommit=True) as owner:
        counted = owner.execute("SELECT changes FROM measured_stamp").fetchone()
        upgrade(empty)
        kept = owner.execute("SELECT findings FROM reading ORDER BY number").fetchall()
        assert owner.execute("SELECT changes FROM measured_stamp").fetchone() == counted
    first, second, none = (findings for (findings,) in kept)
    assert [(f["code"], f["heatmap_sha256"]) for f in first] == [
        ("edema", None), ("effusion", "abc"), ("hernia", None), ("mass", None),
    ]  # fmt: skip
    assert [rows.to_finding(f).region for f in second] == [Region(0, 0, 1, 1)] * 4
    assert (none, [f["heatmap_sha256"] for f in second]) == ([], [None] * 4)


def test_studies_from_before_ageing_are_due_by_the_shipped_hours_and_placed_by_no_table(empty):
    with at_revision(empty, "0004") as connection:
        for level, negative in product(Urgency, (False, True)):
            connection.exec_driver_sql(
                "INSERT INTO study (study_uid, patient_value, patient_issuer, patient_name, sex, accession_number,"
                " modality, studied_at, received_at, order_priority, indication, simulated, status, status_reason,"
                " moved_at, urgency, reasons, ai_negative) VALUES (%s, 'P', 'H', '', 'other', '', 'DX', now(),"
                " '2026-03-20+00', 0, '', false, 'received', '', now(), %s, '[]', %s)",
                (f"{level}.{negative}", int(level), negative),
            )
    upgrade(empty)
    with psycopg.connect(empty) as owner:
        owner.execute("SET timezone = 'Europe/Berlin'")
        kept = owner.execute(
            "SELECT urgency, ai_negative, due_at - received_at, levels FROM study"
        ).fetchall()
    expected = {(u, n): SHIPPED.gives_way(u, ai_negative=n) for u, n in product(Urgency, (False, True))}
    assert {(Urgency(u), n): wait for u, n, wait, _ in kept} == expected
    assert {levels for *_, levels in kept} == {""}


def test_a_silent_false_about_the_oxygen_scale_becomes_silence(empty):
    """Nobody could say "no" before, so a false never took back a yes, and must not begin to."""
    with at_revision(empty, "0012") as connection:
        connection.exec_driver_sql(
            "INSERT INTO study (study_uid, patient_value, patient_issuer, patient_name, sex, accession_number, modality,"
            " studied_at, received_at, order_priority, indication, simulated, status, status_reason, moved_at, urgency,"
            " reasons, ai_negative, due_at, levels) VALUES ('1.2', 'P', 'H', '', 'other', '', 'DX', now(), now(), 0, '',"
            " false, 'unranked', '', now(), 0, '[]', false, now(), '')"
        )
        for said in (True, False):
            connection.exec_driver_sql(
                "INSERT INTO vitals (study_uid, measured_at, measurements, hypercapnic)"
                " VALUES ('1.2', now(), '{\"spo2_pct\": 89}', %s)",
                (said,),
            )
    upgrade(empty)
    with psycopg.connect(empty) as owner:
        assert owner.execute("SELECT hypercapnic FROM vitals ORDER BY number").fetchall() == [
            (True,),
            (None,),
        ]
        assert owner.execute("SELECT stage FROM study").fetchall() == [("person",)]
