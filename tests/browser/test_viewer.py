"""A reader turns the greys, measures, compares and looks where the model points; the film is there each time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from dashboard import intake
from db.connection import Database
from engine.simulated.dx import Order, dx_file
from tests.browser.conftest import Watch
from tests.browser.running import PATIENCE_S, Running, serving
from tests.conftest import Server
from tests.fakes import ScriptedReader
from tests.films import a_chest, a_heatmap, patient_of
from triage.finding import Region
from triage.study import Urgency

PATIENT = patient_of("A-VIEWER")
BOXES = {"effusion": Region(0.1, 0.6, 0.45, 0.9), "mass": Region(0.55, 0.25, 0.75, 0.45)}
REMOUNTS = 20
expect.set_options(timeout=20_000)


class Pointing(ScriptedReader):
    """A reader whose findings have places: effusion on the left of the screen, mass on its right."""

    def read(self, *asked):
        reading, _ = super().read(*asked)
        findings = (replace(f, region=BOXES.get(f.code)) for f in reading.findings)
        heatmaps = {"effusion": a_heatmap(across=-0.5), "mass": a_heatmap(across=0.5)}
        return replace(reading, findings=tuple(findings)), heatmaps


def arrive(running: Running, accession: str, days_ago: int, seed: int) -> None:
    at = datetime(2026, 11, 20, 9, tzinfo=UTC) - timedelta(days=days_ago)
    order = Order(PATIENT, accession, at, "PA", Urgency.ROUTINE, "")
    film = dx_file(a_chest(seed), order, pixel_mm=2.0, described="test film")
    (taken,) = intake.take_file(running.house, f"{accession}.dcm", film, agent="test")
    assert taken.study_uid, taken.reason


@pytest.fixture(scope="module")
def running(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    server.run("CREATE DATABASE viewing TEMPLATE {}", server.template)
    app_url = server.url(server.app_url, "viewing")
    database = Database(app_url)
    try:
        home = tmp_path_factory.mktemp("viewing")
        with serving(home, database, app_url, "tests.browser.viewer_server:app") as live:
            arrive(live, "A-VIEWER", 0, seed=1)
            arrive(live, "A-PRIOR", 400, seed=2)
            live.consent(PATIENT.patient_id)
            live.work(Pointing(live.house.clock, {"effusion": 0.84, "mass": 0.7}))
            yield live
    finally:
        database.close()
        server.run("DROP DATABASE viewing WITH (FORCE)")


@dataclass(frozen=True)
class Seat:
    """One person at one browser, signed in once for all of this file."""

    context: BrowserContext
    page: Page
    watch: Watch


@pytest.fixture(scope="module")
def seat(running: Running, browser: Browser) -> Iterator[Seat]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_S * 1000 / 3)
    page, watch = context.new_page(), Watch(running.url)
    running.sign_in(page)
    watch.add(page)
    yield Seat(context, page, watch)
    context.close()


@pytest.fixture
def at(running: Running, seat: Seat) -> Iterator[Page]:
    """The viewer as it opens, with its film on the screen; nothing it did was refused or failed."""
    seat.page.goto(running.url)
    expect(seat.page.locator(".viewer[data-shown]")).to_be_visible()
    yield seat.page
    assert seat.watch.errors == []
    assert seat.watch.foreign() == set()


def values(page: Page, side: str = "current") -> Locator:
    return page.locator(f".pane.{side} .values")


def runs(page: Page) -> str:
    return page.get_by_text(re.compile("^run ")).inner_text()


def drag(page: Page, across: float, down: float, side: str = "current") -> None:
    box = page.locator(f".pane.{side} .film").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.wait_for_timeout(450)  # two presses closer together are a double click
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across, y + down, steps=4)
    page.mouse.up()


def brightness(page: Page) -> float:
    """The mean grey of what is drawn, 0 to 255."""
    return page.locator(".pane.current .cornerstone-canvas").evaluate(
        """canvas => {
            const {width, height} = canvas;
            const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
            let sum = 0;
            for (let i = 0; i < data.length; i += 4) sum += data[i];
            return sum / (width * height);
        }"""
    )


def glow(page: Page) -> float:
    """Where the heatmap on the film has its middle: 0 is the left edge of the pane, 1 the right."""
    return page.locator(".pane.current .heat").evaluate(
        """canvas => {
            const {width, height} = canvas;
            const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
            let sum = 0, at = 0;
            for (let i = 3; i < data.length; i += 4) { sum += data[i]; at += data[i] * ((i >> 2) % width); }
            return at / sum / width;
        }"""
    )


def test_a_reader_works_on_a_film(at: Page) -> None:
    expect(values(at)).to_have_text(re.compile(r"^W 4096  L 2048  \d+ %$"))
    expect(at.get_by_text("Simulated film")).to_be_visible()
    expect(
        at.get_by_text("Lengths at the detector, not calibrated: projection magnification")
    ).to_be_visible()
    first = brightness(at)
    assert first > 10
    before, run = values(at).inner_text(), runs(at)

    drag(at, 60, -30)
    expect(values(at)).not_to_have_text(re.compile("W 4096"))
    at.mouse.wheel(0, -400)
    expect(values(at)).not_to_have_text(re.compile(before.rsplit("  ", 1)[1]))
    at.keyboard.press("i")
    expect(values(at)).to_contain_text("inverted")
    at.get_by_label("Window preset").select_option("Lung")
    expect(values(at)).not_to_contain_text("W 4096")
    at.get_by_label("Reset", exact=True).click()
    expect(values(at)).to_have_text(before)
    assert brightness(at) == pytest.approx(first, abs=1)

    at.get_by_label("Length", exact=True).click()
    drag(at, 100, 0)
    ruler = at.locator(".pane.current .svg-layer text")
    expect(ruler).to_contain_text(re.compile(r"\d+\.\d mm at the detector"))
    expect(ruler).to_contain_text("not calibrated: projection magnification")
    at.get_by_role("group", name="Film viewer").press("Delete")
    expect(ruler).to_have_count(0)

    at.get_by_label("Heatmap", exact=True).click()
    heat = at.locator(".pane.current .heat")
    expect(heat).to_have_css("opacity", "0.5")
    at.get_by_label("Heatmap opacity").fill("0.8")
    expect(heat).to_have_css("opacity", "0.8")
    expect(at.get_by_text("Where the model looked for pleural effusion")).to_be_visible()
    assert glow(at) < 0.5
    assert runs(at) == run, "none of this asked the server to draw the page again"

    at.get_by_role("group", name="Film viewer").press("w")
    at.keyboard.press("c")
    expect(values(at, "prior")).to_contain_text("W 4096")
    drag(at, 50, 20)
    expect(values(at, "prior")).not_to_contain_text("W 4096")
    assert values(at, "prior").inner_text() == values(at).inner_text()
    at.mouse.wheel(0, -300)
    expect(values(at, "prior")).to_have_text(values(at).inner_text())
    at.keyboard.press("c")
    at.keyboard.press("0")
    expect(values(at)).to_have_text(before)


def test_a_film_is_turned_magnified_and_shown_on_the_whole_screen(at: Page) -> None:
    at.get_by_label("Heatmap", exact=True).click()
    expect(at.get_by_text("Where the model looked for pleural effusion")).to_be_visible()
    at.wait_for_timeout(300)
    viewer, left = at.get_by_role("group", name="Film viewer"), glow(at)
    assert left < 0.5
    viewer.press("r")
    at.keyboard.press("r")
    at.wait_for_timeout(300)
    assert glow(at) == pytest.approx(1 - left, abs=0.03), "the heat turns with the film"
    at.keyboard.press("Shift+R")
    at.keyboard.press("Shift+R")
    at.wait_for_timeout(300)
    assert glow(at) == pytest.approx(left, abs=0.01)

    lens = at.locator(".pane.current .lens")
    expect(lens).to_be_hidden()
    at.keyboard.press("m")
    at.locator(".pane.current .film").hover()
    expect(lens).to_be_visible()
    assert lens.evaluate("one => one.getContext('2d').getImageData(60, 60, 1, 1).data[3]") == 255
    at.mouse.move(2, 2)
    expect(lens).to_be_hidden()

    viewer.press("f")
    at.wait_for_function("document.fullscreenElement !== null")
    at.keyboard.press("f")
    at.wait_for_function("document.fullscreenElement === null")


def test_a_region_and_its_finding_know_each_other(at: Page) -> None:
    box = at.locator(".pane.current polygon[data-code=mass]").bounding_box()
    at.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(at.get_by_text("picked mass")).to_be_visible()
    expect(at.locator("polygon.lit")).to_have_count(0)
    with at.expect_response(re.compile("/heatmap.png.finding=mass")) as heat:
        at.get_by_role("button", name="Light up mass").click()
    assert heat.value.status == 200
    expect(at.locator("polygon.lit[data-code=mass]")).to_have_count(1)
    expect(at.get_by_text("picked None")).to_be_visible()
    looked = at.locator(".pane.current .looked")
    expect(looked).to_have_text("AI heatmap. Where the model looked for mass; not where the disease is.")
    assert glow(at) > 0.5
    at.get_by_role("group", name="Film viewer").press("n")
    expect(looked).to_contain_text("looked for pleural effusion")
    assert glow(at) < 0.5
    at.keyboard.press("h")
    expect(looked).to_have_text("")


def test_twenty_viewers_later_the_picture_is_still_there(at: Page) -> None:
    """Each study has its own viewer; going to another one ends this one."""
    warnings: list[str] = []
    at.on("console", lambda message: warnings.append(message.text))
    expect(values(at)).to_contain_text("W 4096")
    drag(at, 80, 0)
    turned = values(at).inner_text()
    first = brightness(at)
    for number in range(REMOUNTS):
        at.get_by_role("button", name="Another study").click()
        label = "A-VIEWER" if number % 2 else "A-PRIOR"
        expect(at.get_by_text(re.compile(f"^run .*, {label},"))).to_be_visible()
        expect(at.locator(".viewer")).to_have_count(1)
        expect(at.locator(".viewer[data-shown]")).to_be_visible()
    expect(values(at)).to_have_text(turned)
    at.wait_for_timeout(300)
    assert brightness(at) == pytest.approx(first, abs=1)
    assert [w for w in warnings if "context" in w.lower()] == []


def test_without_webgl_the_film_is_drawn_in_a_simpler_way(running: Running, seat: Seat) -> None:
    page = seat.context.new_page()
    page.add_init_script(
        """const true_one = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
            return kind.startsWith("webgl") ? null : true_one.call(this, kind, ...more);
        };"""
    )
    page.goto(running.url)
    expect(page.get_by_text("This browser cannot draw with WebGL")).to_be_visible()
    film = page.locator(".st-key-film .layer-subplot image")
    expect(film).to_have_attribute("href", re.compile("/film.png"))


LEAVING = """async (address) => {
    const { default: viewer } = await import(address);
    const film = (uid) => ({ uid, view: "PA", url: `/leaving/${uid}` });
    const side = (uid) => ({ uid, day: "", accession: "", simulated: false, films: [film(uid)] });
    const data = { study: side("now"), priors: [side("before")], read: "", highlight: "" };
    Object.assign(data, { regions: [], heatmaps: {}, explained_first: "" });
    const pause = () => new Promise((done) => setTimeout(done, 400));
    const open = () => {
        const parentElement = document.createElement("div");
        const root = parentElement.appendChild(document.createElement("div"));
        root.className = "viewer";
        document.body.append(parentElement);
        const over = viewer({ parentElement, data, setStateValue() {}, setTriggerValue() {} });
        return { root, leave: () => { parentElement.remove(); over(); } };
    };
    const first = open();
    await pause();
    first.root.dispatchEvent(new KeyboardEvent("keydown", { key: "c" }));
    await pause();
    first.leave();
    await pause();
    open().leave();
    await pause();
}"""


def test_who_leaves_while_the_film_is_on_its_way_asks_for_nothing_more(running: Running, seat: Seat) -> None:
    """Each film that is asked for is a look on record: the prior that stood beside it was seen by nobody now."""
    page, asked = seat.context.new_page(), []

    def answer(route: Route) -> None:
        asked.append(route.request.url.rsplit("/", 1)[1])
        route.fulfill(status=404, json={"error": "Too late."})

    page.route("**/leaving/*", answer)
    page.goto(running.url)
    expect(page.locator(".viewer[data-shown]")).to_be_visible()
    loaded = "performance.getEntriesByType('resource').map((e) => e.name)"
    page.evaluate(LEAVING, page.evaluate(f"{loaded}.find((name) => name.includes('/code/viewer/'))"))
    assert asked == ["now", "before", "now"]
    page.close()


def test_a_picture_that_the_browser_loses_is_drawn_again_or_elsewhere(running: Running, seat: Seat) -> None:
    page = seat.context.new_page()
    page.add_init_script(
        """const true_one = HTMLCanvasElement.prototype.getContext;
        window.drawing = new Set();
        HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
            const made = true_one.call(this, kind, ...more);
            if (made && kind.startsWith("webgl")) drawing.add(made);
            return made;
        };
        window.lose = () => {
            const alive = [...drawing].filter((context) => !context.isContextLost());
            window.lost = alive.map((context) => context.getExtension("WEBGL_lose_context"));
            for (const extension of lost) extension.loseContext();
        };"""
    )
    page.goto(running.url)
    expect(page.locator(".viewer[data-shown]")).to_be_visible()
    expect(values(page)).to_contain_text("W 4096")
    first = brightness(page)
    why = page.get_by_text("The browser lost this film's picture and is asked for it again.")
    page.evaluate("lose()")
    expect(why).to_be_visible()
    page.evaluate("lost.forEach((extension) => extension.restoreContext())")
    expect(why).to_have_count(0)
    drag(page, 60, 0)
    page.get_by_label("Reset", exact=True).click()
    expect(values(page)).to_contain_text("W 4096")
    assert brightness(page) == pytest.approx(first, abs=1)

    page.evaluate("lose()")
    expect(page.get_by_text("The browser lost the picture for good; the film is shown below")).to_be_visible()
    film = page.locator(".st-key-film .layer-subplot image")
    expect(film).to_have_attribute("href", re.compile("/film.png"))
    page.close()
