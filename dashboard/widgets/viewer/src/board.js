// The whole of the viewer for one study: tools, film, the prior beside it, and what lies over them.
import { Bar } from "./bar.js";
import { drawable, unwatch, watch } from "./context.js";
import { element } from "./dom.js";
import { choose, resize, start } from "./engine.js";
import { Heat } from "./heat.js";
import { keyList, pressed } from "./keys.js";
import { putLengths, takeLengths } from "./length.js";
import { Link } from "./link.js";
import { imageIdOf } from "./loader.js";
import { recall, remember } from "./memory.js";
import { Pane } from "./pane.js";

let boards = 0;

export class Board {
  constructor(root) {
    this.root = root;
    this.number = ++boards; // the last study's viewer may still be there when the next one comes
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
    this.main = this.prior = null;
    this.link = new Link();
    this.heat = new Heat(this);
    this.lit = ""; // the finding that was picked
    this.closed = false;
    this.listen();
  }

  listen() {
    this.root.addEventListener("keydown", (event) => pressed(this, event));
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.stage);
  }

  /** The same part of each film, as near as before by the measure of the new size. */
  resized() {
    if (!this.settled || !this.stage.clientWidth) return;
    const panes = this.loaded;
    const places = panes.map((pane) => pane.kept);
    for (const pane of panes) pane.still = true;
    resize();
    for (const [at, pane] of panes.entries()) {
      pane.place = places[at];
      pane.still = false;
    }
  }

  pane(side) {
    const made = new Pane(`firstread-${this.number}-${side}`, (what, pane) => this.heard(what, pane));
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
    if (JSON.stringify(before.heatmaps) !== JSON.stringify(data.heatmaps)) this.heat.takeBack();
    if (before.highlight !== data.highlight) this.lightUp();
    if (!data.study.films.some((film) => film.uid === this.film?.uid)) this.showFilm(data.study.films[0]);
    return this.draw();
  }

  async open() {
    if (!drawable()) return this.giveUp("This browser cannot draw with WebGL");
    await start();
    if (this.closed) return undefined; // whoever asked for it went on; nothing more is fetched
    watch(this);
    const main = (this.main = this.pane("current"));
    const kept = recall(this.data.study.uid);
    Object.assign(this.settings, kept?.settings);
    choose(this.settings.tool);
    this.settled = true;
    const { films } = this.data.study;
    await this.showFilm(films.find((film) => film.uid === kept?.film) ?? films[0], kept?.views);
    if (this.closed || main !== this.main) return undefined;
    putLengths(kept?.lengths ?? [], main.film);
    if (this.settings.prior) await this.showPrior(this.settings.prior);
    return this.closed ? undefined : this.lightUp();
  }

  /** The browser cannot draw, or not any more. */
  giveUp(why) {
    this.close();
    this.note.textContent = `${why}; the film is shown below in a simpler way.`;
    this.stage.hidden = this.bar.root.hidden = true;
    this.cannot();
  }

  /** Whoever has a film on the screen. */
  get loaded() {
    return [this.main, this.prior].filter((pane) => pane?.loaded);
  }

  // ── films ───────────────────────────────────────────────────────────────────────────────────────────

  async showFilm(film, views = this.views) {
    this.film = film;
    this.views = views ?? {};
    const seen = this.views[film.uid]; // before the film comes up as it was taken
    this.draw();
    const { study } = this.data;
    const here = this.data.priors.length ? `This study, ${study.day}, ${film.view}` : `${film.view}, ${study.day}`;
    if (!(await this.main.show(film, here, study.simulated ? ["Simulated film"] : []))) return;
    if (seen) Object.assign(this.main, seen);
    if (this.settings.linked) this.follow(this.main, "both");
    this.draw();
    this.bar.preset(this.main.preset());
    if (this.root.dataset.shown) return;
    this.root.dataset.shown = film.uid; // for whoever waits for it, or measures
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
    this.stage.classList.toggle("two", Boolean(study));
    if (study) this.prior ??= this.pane("prior");
    else this.prior = this.prior?.close();
    this.resized();
    this.draw();
    if (!study) return;
    const film = study.films.find((f) => f.view === this.film.view) ?? study.films[0];
    const tags = study.simulated ? ["Simulated film"] : [];
    const shown = await this.prior.show(film, `Prior, ${study.day}, ${film.view}`, tags);
    if (shown && this.prior && this.settings.linked) this.follow(this.main, "both");
    this.draw();
  }

  togglePrior() {
    this.showPrior(this.settings.prior ? "" : this.data.priors[0]?.uid);
  }

  heard(what, pane) {
    if (what === "drawn") return;
    if (pane === this.main) this.keepView();
    if (what === "window" && pane === this.main) this.bar.preset(pane.preset());
    if (this.settings.linked) this.follow(pane, what);
  }

  follow(pane, what) {
    this.link.follow(pane, pane === this.main ? this.prior : this.main, what);
  }

  /** On this film, and through the link on the prior; each by its own measure. */
  both(act) {
    this.link.apart(() => {
      for (const pane of [this.main, this.settings.linked ? this.prior : null]) if (pane?.loaded) act(pane);
    });
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
    this.both((pane) => pane.use(name));
  }

  toggle(name) {
    if (name === "linked" && !this.prior) return;
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

  /** The next finding with a region; while heatmaps are shown, also one that has no more than a heatmap. */
  nextFinding() {
    const shown = this.heat.on;
    const codes = new Set(this.data.regions.map((region) => region.code));
    for (const code of shown ? Object.keys(this.data.heatmaps) : []) codes.add(code);
    if (!codes.size || !this.isRead) return;
    this.lit = [...codes][([...codes].indexOf(this.lit) + 1) % codes.size];
    this.heat.glow = shown;
    this.draw();
  }

  removeLength() {
    takeLengths([this.main.imageId, this.prior?.imageId], -1);
    this.both((pane) => pane.viewport.render());
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

  /** A finding asked for on the page: its region and its heatmap, for as long as it is lit. */
  lightUp() {
    const { highlight, read, study, heatmaps } = this.data;
    this.lit = highlight;
    this.heat.glow = highlight in heatmaps;
    const film = study.films.find((f) => f.uid === read);
    if (highlight && film && !this.isRead) return this.showFilm(film);
    return this.draw();
  }

  draw() {
    if (this.closed) return; // whoever was here asks for no heatmap any more
    const { boxed, tool } = this.settings;
    const { regions } = this.data;
    const { main } = this;
    this.heat.lay(main);
    main.regions = this.isRead ? regions.filter((r) => r.code === this.lit || (boxed && r.boxed)) : [];
    main.highlight = this.lit ?? "";
    for (const pane of [main, this.prior]) {
      if (!pane) continue;
      pane.magnifies = tool === "lens";
      pane.root.dataset.tool = tool;
    }
    this.bar.draw();
    main.redraw();
  }

  // ── staying and leaving ─────────────────────────────────────────────────────────────────────────────

  keepView() {
    if (!this.stage.clientWidth) return; // on its way out of the page
    const { turned, window, place } = this.main; // in the order in which a pane takes them
    this.views[this.film.uid] = { turned, window, place };
  }

  close() {
    if (this.closed) return;
    this.closed = true;
    unwatch(this);
    this.observer.disconnect();
    this.leave();
  }

  /** Give the films back, and remember how they stood for when they are opened again. */
  leave() {
    this.prior = this.prior?.close();
    if (this.settled) this.remember();
    this.settled = false;
    this.main?.close();
  }

  remember() {
    const { study } = this.data;
    const lengths = takeLengths(study.films.map((film) => imageIdOf(film.url)));
    remember(study.uid, { film: this.film?.uid, views: this.views, settings: { ...this.settings }, lengths });
  }
}
