// The film viewer. Streamlit calls the default export at each rerun; what a person set up here stays until they leave.
import { annotation } from "@cornerstonejs/tools";
import { Bar } from "./bar.js";
import { element } from "./dom.js";
import { choose, drawable, resize, start } from "./engine.js";
import { KEYS, press } from "./keys.js";
import { imageIdOf } from "./loader.js";
import { recall, remember } from "./memory.js";
import { Pane } from "./pane.js";

const boards = new WeakMap();

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  let board = boards.get(parentElement);
  if (!board) {
    board = new Board(parentElement.querySelector(".viewer"));
    boards.set(parentElement, board);
  }
  board.pick = (code) => setTriggerValue("picked", code);
  board.cannot = () => setStateValue("drawable", false);
  board.update(data);
  return () =>
    setTimeout(() => {
      if (board.root.isConnected) return; // only this call of Streamlit is over, not the viewer
      board.close();
      boards.delete(parentElement);
    });
}

class Board {
  constructor(root) {
    this.root = root;
    this.began = performance.now();
    this.settings = { tool: "window", heat: false, opacity: 0.5, boxed: true, linked: true, prior: "" };
    this.bar = new Bar(this);
    this.stage = element("div", "stage");
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "group");
    this.stage.setAttribute("aria-label", "Film viewer; press ? for its keys");
    this.note = element("p", "note");
    this.note.setAttribute("role", "status");
    this.keys = keyList();
    this.stage.append(this.keys);
    root.replaceChildren(this.bar.root, this.stage, this.note);
    this.main = this.pane("current");
    this.prior = null;
    this.listen();
  }

  listen() {
    this.root.addEventListener("keydown", (event) => {
      const typing = event.composedPath()[0].matches?.("select, input");
      if (typing && event.key !== "Escape") return event.stopPropagation();
      if (!press(this, event)) return;
      event.preventDefault();
      event.stopPropagation(); // Streamlit has keys of its own
    });
    this.observer = new ResizeObserver(() => this.settled && resize());
    this.observer.observe(this.stage);
  }

  pane(side) {
    const made = new Pane(`firstread-${side}`, (what, pane) => this.heard(what, pane));
    made.root.classList.add(side);
    made.root.addEventListener("pointerdown", () => this.stage.focus({ preventScroll: true }));
    made.root.addEventListener("pointerup", (event) => this.click(made, event));
    this.stage.append(made.root);
    return made;
  }

  // ── what Streamlit says ─────────────────────────────────────────────────────────────────────────────

  update(data) {
    const before = this.data;
    this.data = data;
    if (!before) return this.open();
    if (!this.settled) return undefined;
    if (before.heatmap !== data.heatmap) this.fetchHeat();
    if (before.highlight !== data.highlight) this.lightUp();
    if (!data.study.films.some((film) => film.uid === this.film?.uid)) this.showFilm(data.study.films[0]);
    return this.draw();
  }

  async open() {
    if (!drawable()) {
      this.note.textContent = "This browser cannot draw with WebGL; the film is shown below in a simpler way.";
      this.stage.hidden = this.bar.root.hidden = true;
      return this.cannot();
    }
    await start();
    const kept = recall(this.data.study.uid);
    Object.assign(this.settings, kept?.settings);
    choose(this.settings.tool);
    this.settled = true;
    this.fetchHeat();
    const { films } = this.data.study;
    await this.showFilm(films.find((film) => film.uid === kept?.film) ?? films[0], kept?.views);
    for (const length of kept?.lengths ?? []) annotation.state.addAnnotation(length, this.main.film);
    if (this.settings.prior) await this.showPrior(this.settings.prior);
    return this.lightUp();
  }

  // ── films ───────────────────────────────────────────────────────────────────────────────────────────

  async showFilm(film, views = this.views) {
    if (this.film && this.main.loaded) this.keepView();
    this.film = film;
    this.views = views ?? {};
    this.draw();
    const { study } = this.data;
    const here = this.data.priors.length ? `This study, ${study.day}, ${film.view}` : `${film.view}, ${study.day}`;
    if (!(await this.main.show(film, here, study.simulated ? ["Simulated film"] : []))) return;
    const seen = this.views[film.uid];
    if (seen) this.look(this.main, seen);
    this.draw();
    this.report(film);
  }

  /** For whoever measures: how long it took from the first sight of the component. */
  report(film) {
    if (this.root.dataset.shown) return;
    this.root.dataset.shown = film.uid;
    performance.measure("firstread-first-film", { start: this.began, end: performance.now() });
  }

  nextFilm(step) {
    const { films } = this.data.study;
    if (films.length < 2) return;
    const at = films.findIndex((film) => film.uid === this.film.uid);
    this.showFilm(films[(at + step + films.length) % films.length]);
  }

  async showPrior(uid) {
    const study = this.data.priors.find((prior) => prior.uid === uid);
    this.settings.prior = study?.uid ?? "";
    if (!study) {
      this.prior?.close();
      this.prior = null;
      this.stage.classList.remove("two");
      resize();
      return this.draw();
    }
    this.stage.classList.add("two");
    this.prior ??= this.pane("prior");
    resize();
    this.draw();
    const film = study.films.find((f) => f.view === this.film.view) ?? study.films[0];
    const tags = study.simulated ? ["Simulated film"] : [];
    const shown = await this.prior.show(film, `Prior, ${study.day}, ${film.view}`, tags);
    if (shown && this.prior && this.settings.linked) this.follow(this.main, "both");
    return this.draw();
  }

  togglePrior() {
    const { priors } = this.data;
    if (priors.length) this.showPrior(this.settings.prior ? "" : priors[0].uid);
  }

  // ── linked views ────────────────────────────────────────────────────────────────────────────────────

  heard(what, pane) {
    if (what === "drawn") return;
    this.bar.preset(pane === this.main ? "" : null);
    if (this.settings.linked) this.follow(pane, what);
  }

  follow(pane, what) {
    const other = pane === this.main ? this.prior : this.main;
    if (this.following || !pane.loaded || !other?.loaded) return;
    this.following = true;
    if (what !== "window") other.place = pane.place;
    if (what !== "place") {
      other.turned = pane.turned;
      other.greys = pane.greys;
    }
    this.following = false;
  }

  /** On this pane, and through the link on the other. */
  both(act) {
    for (const pane of [this.main, this.settings.linked ? this.prior : null]) if (pane?.loaded) act(pane);
  }

  // ── what a person does ──────────────────────────────────────────────────────────────────────────────

  choose(tool) {
    this.settings.tool = tool;
    choose(tool);
    this.draw();
  }

  presetNumber(number) {
    const chosen = this.main.loaded?.head.windows[number - 1];
    if (chosen) this.usePreset(chosen.name);
  }

  usePreset(name) {
    this.apart(() => this.both((pane) => pane.preset(name))); // each film from its own greys
    this.bar.preset(name);
  }

  invert() {
    this.apart(() => this.both((pane) => pane.invert()));
  }

  rotate(degrees) {
    this.apart(() => this.both((pane) => pane.rotate(degrees)));
  }

  reset() {
    this.apart(() => this.both((pane) => pane.reset()));
  }

  apart(act) {
    this.following = true;
    act();
    this.following = false;
  }

  toggle(name) {
    if (name === "linked" && !this.prior) return;
    if (name === "heat" && !this.data.heatmap) return;
    this.settings[name] = !this.settings[name];
    if (name === "linked" && this.settings.linked) this.follow(this.main, "both");
    this.draw();
  }

  fade(opacity) {
    this.settings.opacity = opacity;
    this.draw();
  }

  click(pane, event) {
    if (pane !== this.main || this.settings.tool === "length") return;
    const region = pane.clicked(event);
    if (region) this.pick(region.code);
  }

  nextRegion() {
    const { regions } = this.data;
    if (!regions.length || !this.isRead) return;
    const at = regions.findIndex((region) => region.code === this.lit);
    this.lit = regions[(at + 1) % regions.length].code;
    this.draw();
  }

  removeLength() {
    const mine = this.lengths();
    if (mine.length) annotation.state.removeAnnotation(mine.at(-1).annotationUID);
    this.both((pane) => pane.viewport.render());
  }

  lengths() {
    const seen = [this.main, this.prior].map((pane) => pane?.imageId);
    return annotation.state.getAllAnnotations().filter((a) => seen.includes(a.metadata.FrameOfReferenceUID));
  }

  fullScreen() {
    if (this.root.getRootNode().fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen?.().catch(() => {});
  }

  help(open = this.keys.hidden) {
    this.keys.hidden = !open;
  }

  // ── drawing ─────────────────────────────────────────────────────────────────────────────────────────

  get isRead() {
    return this.film?.uid === this.data.read;
  }

  /** A finding asked for on the page: its region, and the heatmap when it explains this finding. */
  lightUp() {
    const { highlight, read, study, heatmap_of: explained } = this.data;
    this.lit = highlight;
    if (highlight && highlight === explained) this.settings.heat = true;
    const film = study.films.find((f) => f.uid === read);
    if (highlight && film && !this.isRead) return this.showFilm(film);
    return this.draw();
  }

  async fetchHeat() {
    const url = this.data.heatmap;
    this.picture = null;
    if (url) this.picture = await pictureAt(url);
    if (url === this.data.heatmap) this.draw();
  }

  draw() {
    const { heat, boxed, opacity, tool } = this.settings;
    const { regions, heatmap_says: says } = this.data;
    const on = heat && this.isRead && Boolean(this.picture);
    const { main } = this;
    main.picture = on ? this.picture : null;
    main.heat.style.opacity = opacity;
    main.regions = this.isRead ? regions.filter((r) => r.code === this.lit || (boxed && r.boxed)) : [];
    main.highlight = this.lit ?? "";
    for (const pane of [main, this.prior]) {
      if (!pane) continue;
      pane.magnifies = tool === "lens";
      pane.root.dataset.tool = tool;
    }
    this.note.textContent = on ? `AI heatmap. ${says}` : "";
    this.bar.draw();
    main.redraw();
  }

  // ── staying and leaving ─────────────────────────────────────────────────────────────────────────────

  keepView() {
    this.views[this.film.uid] = { place: this.main.place, window: this.main.window, turned: this.main.turned };
  }

  look(pane, { place, window, turned }) {
    pane.turned = turned;
    pane.window = window;
    pane.place = place;
  }

  close() {
    if (!this.settled) return;
    if (this.main.loaded) this.keepView();
    const { study } = this.data;
    const films = study.films.map((film) => imageIdOf(film.url));
    const lengths = annotation.state
      .getAllAnnotations()
      .filter((a) => films.includes(a.metadata.FrameOfReferenceUID));
    remember(study.uid, { film: this.film?.uid, views: this.views, settings: { ...this.settings }, lengths });
    annotation.state.removeAllAnnotations();
    this.observer.disconnect();
    this.prior?.close();
    this.main.close();
    this.settled = false;
  }
}

function pictureAt(url) {
  return new Promise((resolve) => {
    const picture = new Image();
    picture.addEventListener("load", () => resolve(picture));
    picture.addEventListener("error", () => resolve(null)); // the answer may not be shown any more
    picture.src = url;
  });
}

function keyList() {
  const list = element("div", "keys");
  list.hidden = true;
  list.setAttribute("role", "dialog");
  list.setAttribute("aria-label", "Keys of the viewer");
  const table = element("dl");
  for (const [key, does] of KEYS) table.append(element("dt", "", key), element("dd", "", does));
  list.append(element("strong", "", "Keys"), table);
  return list;
}
