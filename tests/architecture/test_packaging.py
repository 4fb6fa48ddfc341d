"""Images, compose file, Makefile and pins, as far as they can be judged without building them."""

import os
import re
import shutil
import subprocess
import tomllib
from importlib.metadata import requires
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
LEAST = {"pydicom": (3, 0, 2), "transformers": (5, 3, 0), "torch": (2, 6), "bitsandbytes": (0, 50)}
NEEDS_TORCH = {"accelerate", "bitsandbytes", "captum", "transformers"}


def read(name):
    return (ROOT / name).read_text("utf-8")


def pins(*names):
    lines = (line.strip() for name in names for line in read(name).splitlines())
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


PINS = pins("requirements.txt", "requirements-weights.txt")


def stages():
    """Each build stage with its lines, continued lines joined."""
    text = read("Dockerfile").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if match := re.match(r"FROM (\S+) AS (\w+)", line):
            found[match[2]] = [line]
        elif found and line.strip():
            found[list(found)[-1]].append(line.strip())
    return found


# ── images ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("target", ["web", "worker"])
def test_an_image_runs_without_rights_and_says_whether_it_is_well(target):
    lines = stages()[target]
    users = [line for line in lines if line.startswith("USER")]
    assert users == ["USER firstread"]
    assert lines.index("USER firstread") > max(n for n, line in enumerate(lines) if line.startswith("RUN"))
    assert sum(line.startswith("HEALTHCHECK") for line in lines) == 1
    assert any(line.startswith("CMD") for line in lines)


def test_the_web_image_asks_its_own_health_route():
    assert any("/healthz" in line for line in stages()["web"])


def test_the_images_build_on_the_python_we_test_with():
    assert stages()["base"][0] == "FROM python:3.11-slim AS base"


def left_out(name):
    """What a line of the base stage keeps out of one list of packages."""
    (line,) = [line for line in stages()["base"] if "grep -vE" in line]
    match = re.search(rf"\^\(([^)]*)\)==' +\S+ > {name}", line)
    return set(match[1].split("|"))


def test_no_torch_comes_into_the_web_image_through_a_package():
    web = set(PINS) - left_out("worker.txt") - left_out("web.txt")
    assert not web & NEEDS_TORCH
    for package in web & set(pins("requirements.txt")):
        needed = {re.split(r"[^\w.-]", r)[0].lower() for r in requires(package) or [] if "extra ==" not in r}
        assert "torch" not in needed, package


def test_the_demo_provider_and_the_tests_stay_out_of_the_images():
    assert {"oidc-provider-mock", "pytest", "playwright", "ruff", "mypy"} <= left_out("worker.txt")
    assert left_out("worker.txt") | left_out("web.txt") <= set(PINS), "a name that filters nothing"


# ── compose ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(read("compose.yaml"))


def test_the_compose_file_has_a_database_a_migration_a_screen_and_a_worker(compose):
    assert compose["services"].keys() == {"postgres", "migrate", "web", "worker"}
    for name in ("web", "worker"):
        service = compose["services"][name]
        assert service["build"]["target"] == name
        assert service["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert service["cap_drop"] == ["ALL"]


def test_only_the_migration_knows_the_owner(compose):
    knows = {n for n, s in compose["services"].items() if "FIRSTREAD_OWNER_URL" in s.get("environment", {})}
    assert knows == {"migrate"}


def test_nothing_is_open_to_the_network_and_no_secret_is_written_down(compose):
    assert [s["ports"] for s in compose["services"].values() if "ports" in s] == [["127.0.0.1:8501:8501"]]
    for name in re.findall(r"\$\{(\w+)", read("compose.yaml")):
        assert re.search(rf"\$\{{{name}:(\?|-)\}}", read("compose.yaml")), f"{name} has a default"


def test_every_setting_reaches_who_reads_it(compose):
    named = set(re.findall(r"FIRSTREAD_[A-Z_]+", read("dashboard/settings.py")))
    from_the_image, never = {"FIRSTREAD_HOME", "FIRSTREAD_FILES_URL"}, {"FIRSTREAD_DEMO", "FIRSTREAD_MODEL"}
    named = {name for name in named if not name.endswith("_")} - from_the_image - never
    given = {s: set(service.get("environment", {})) for s, service in compose["services"].items()}
    assert named <= set().union(*given.values())
    for name in ("FIRSTREAD_LEVELS", "FIRSTREAD_CALL_LIST"):
        assert {who for who, told in given.items() if name in told} == {"web", "worker"}
    for name in ("FIRSTREAD_SMTP_URL", "FIRSTREAD_WEBHOOK_SECRET"):
        assert {who for who, told in given.items() if name in told} == {"worker"}


def test_the_screen_believes_the_proxy_alone_about_who_asks(compose):
    (network,) = compose["networks"]["default"]["ipam"]["config"]
    believed = compose["services"]["web"]["environment"]["FORWARDED_ALLOW_IPS"]
    assert believed == network["gateway"]
    assert ip_address(believed) in ip_network(network["subnet"])
    assert not any("networks" in service for service in compose["services"].values())


def test_every_volume_that_is_used_is_named(compose):
    used = {v.split(":")[0] for s in compose["services"].values() for v in s.get("volumes", [])}
    assert {v for v in used if not v.startswith(".")} == compose["volumes"].keys()


def test_web_and_worker_share_the_films(compose):
    assert all("files:/files" in compose["services"][name]["volumes"] for name in ("web", "worker"))


# ── pins, Makefile, CI ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("package", "least"), sorted(LEAST.items()))
def test_no_pin_is_older_than_its_last_known_hole(package, least):
    pinned = re.search(rf"{package}==([\d.]+)", read("Makefile") + read("requirements.txt"))
    assert tuple(map(int, pinned[1].split("."))) >= least


def test_torch_is_installed_first_and_the_same_everywhere():
    recipe = read("Makefile")
    assert "torch==2.13.0" in recipe
    assert recipe.index("torch==2.13.0") < recipe.index("-r requirements.txt")
    assert "torch==2.13.0" in read("Dockerfile")
    assert "torch" not in PINS


def test_every_dependency_of_the_project_is_pinned():
    declared = tomllib.loads(read("pyproject.toml"))["project"]["dependencies"]
    names = {re.split(r"[^\w-]", d)[0].lower() for d in declared} - {"torch"}
    assert names <= {name.lower() for name in PINS}


def test_no_gpl_decoder_is_pinned():
    assert not {"pylibjpeg-libjpeg", "fpdf2", "dwv"} & set(PINS)


@pytest.mark.parametrize(
    "name", ["Makefile", ".ci/run", "Dockerfile", "requirements.txt", "requirements-weights.txt"]
)
def test_no_registry_is_named(name):
    assert not re.search(r"https?://(?!127\.0\.0\.1)|index-url|find-links", read(name))


def test_ci_runs_make_test_and_nothing_else():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert read(".ci/run").rstrip().endswith("exec make test </dev/null")


@pytest.mark.parametrize("script", [".ci/run", "deploy/roles.sh"])
def test_shell_scripts_parse(script):
    subprocess.run(["bash", "-n", str(ROOT / script)], check=True)


def dry(*arguments, **environment):
    return subprocess.run(
        ["make", "-n", *arguments], cwd=ROOT, capture_output=True, text=True, check=True,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")} | environment,
    ).stdout  # fmt: skip


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
def test_make_test_checks_everything():
    said = dry("test")
    for tool in (
        "ruff check",
        "ruff format --check",
        "mypy",
        "lint-imports",
        "docs/generate.py --check",
        "pytest",
    ):
        assert tool in said


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
def test_without_a_browser_the_journeys_are_skipped_but_never_in_ci(tmp_path):
    links = tmp_path / "bin"
    links.mkdir()
    (links / "pytest").write_text("#!/bin/sh\necho ran pytest $@\n")
    (links / "pytest").chmod(0o755)
    recipe = re.search(r"(?ms)^test:.*?(?=\n\n)", read("Makefile"))[0]
    alone = re.sub(r"^test:.*", "test:", recipe.splitlines()[0]) + "\n" + "\n".join(recipe.splitlines()[1:])
    (tmp_path / "Makefile").write_text(f"SHELL := /bin/bash\nBIN := bin\n{alone}\n")

    def run(**environment):
        return subprocess.run(
            ["make", *(f"{k}={v}" for k, v in environment.items() if k == "CHROMIUM"), "test"],
            cwd=tmp_path, capture_output=True, text=True, check=False,
            env={"PATH": os.environ["PATH"]} | environment,
        )  # fmt: skip

    assert "ran pytest -q -m not browser" in run(CHROMIUM="").stdout
    assert run(CHROMIUM="").stdout.count("SKIPPED") == 1
    assert run(CHROMIUM="", CI="true").returncode != 0
    assert run(CHROMIUM="/usr/bin/chromium", CI="true").stdout.strip() == "ran pytest -q"
