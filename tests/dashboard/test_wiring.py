"""The house is wired from settings alone."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from dashboard import wiring
from dashboard.settings import Settings
from tests.builders import a_reading, a_study, findings
from triage import flow
from triage.levels import SHIPPED
from triage.study import Urgency

ROOT = Path(__file__).parents[2]


def test_a_named_server_is_taken_as_it_is(tmp_path):
    settings = Settings(tmp_path / "home", database_url="postgresql://app@host/firstread")
    assert wiring.database_url(settings) == settings.database_url
    assert not settings.home.exists()


def test_the_house_works_on_the_database_and_the_files_it_was_given(addresses, tmp_path):
    settings = Settings(tmp_path, database_url=addresses.app_url, files_url=str(tmp_path / "films"))
    database = wiring.open_database(settings)
    try:
        house = wiring.open_house(settings, database)
        assert flow.receive(house, a_study(), None, "ada")
        digest = house.files.save(b"a film")
        assert house.clock.now().tzinfo is not None
        assert list((tmp_path / "films").rglob(digest))
        assert wiring.open_sign_ins(settings, database).find("nobody") is None
    finally:
        database.close()


def test_what_is_critical_in_a_report_is_what_the_site_s_table_says(addresses, tmp_path):
    rules = tuple(replace(r, urgency=Urgency.ASAP) if r.code == "nodule" else r for r in SHIPPED.findings)
    site = replace(SHIPPED, findings=rules)
    settings = Settings(tmp_path, database_url=addresses.app_url, files_url=str(tmp_path), levels=site)
    database = wiring.open_database(settings)
    try:
        seen = a_reading(findings=findings({"nodule": 0.84}))
        check = wiring.open_house(settings, database).facts
        (doubt,) = check.doubts("A nodule is unlikely.", a_study(), None, seen, has_prior=False)
        assert doubt.critical
    finally:
        database.close()


EMBEDDED = """
import sys
from pathlib import Path
from dashboard import wiring
from dashboard.settings import Settings
from db import health
database = wiring.open_database(Settings(Path(sys.argv[1])))
health.check(database)
database.close()
"""


def test_the_embedded_server_is_started_migrated_and_stopped_with_its_process(made_home):
    home = made_home.parent / "wired"
    subprocess.run(["cp", "-a", made_home, home], check=True)
    for _ in range(2):
        subprocess.run([sys.executable, "-c", EMBEDDED, str(home)], cwd=ROOT, check=True, timeout=120)
        assert not list((home / "run").glob(".s.PGSQL*")), "the server outlived its process"


def test_no_screen_can_reach_torch_through_the_wiring():
    script = "import sys, dashboard.wiring, dashboard.intake; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, timeout=60).returncode == 0
