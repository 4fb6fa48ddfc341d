"""A house with something in every room: studies that were read, one that was not, a signed report, a critical result."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from db.connection import Database
from tests.browser.running import Running, serving
from tests.builders import a_person, an_event, vitals
from tests.conftest import Server
from tests.fakes import ScriptedReader
from tests.films import a_heatmap, patient_of
from triage import calling
from triage.critical import Category, Mark

READ = 12
"""So many studies have vitals and a reading: enough for correlations to say anything."""


def accession(number: int) -> str:
    return f"B-{number:02}"


def furnish(running: Running) -> None:
    """Fill every room; the first study is the most urgent and waits for its report."""
    for number in range(READ):
        name, p = accession(number), 0.9 - 0.07 * number
        uid = running.receive(name, seed=number)
        measured = vitals(
            running.house.clock.now(), spo2_pct=86.0 + number, temperature_c=37.0 + 0.2 * (number % 4)
        )
        running.house.studies.add_vitals(uid, measured, an_event())
        running.consent(patient_of(name).patient_id)
        running.work(ScriptedReader(running.house.clock, {"effusion": p}, pathology=p, heatmap=a_heatmap()))
    unread = running.receive("B-SILENT")
    calling.open_result(
        running.house, unread, a_person(), Mark("Tension pneumothorax, left.", Category.MINUTES)
    )


@contextmanager
def furnished(server: Server, home: Path, name: str) -> Iterator[Running]:
    """A live server on a furnished house of its own; nobody else's studies are in it."""
    server.run("CREATE DATABASE {} TEMPLATE {}", name, server.template)
    app_url = server.url(server.app_url, name)
    database = Database(app_url)
    try:
        with serving(home, database, app_url) as live:
            furnish(live)
            yield live
    finally:
        database.close()
        server.run("DROP DATABASE {} WITH (FORCE)", name)
