// The whole of the viewer for one study: tools, film, the prior beside it, and what lies over them.
import { annotation } from "@cornerstonejs/tools";
import { Bar } from "./bar.js";
import { element } from "./dom.js";
import { choose, drawable, resize, start } from "./engine.js";
import { keyList, press } from "./keys.js";
import { lengthsOn } from "./length.js";
import { Link } from "./link.js";
import { imageIdOf } from "./loader.js";
import { recall, remember } from "./memory.js";
import { pictureAt } from "./overlay.js";
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
    this.main = this.pane("current");
    this.prior = null;
    this.link = new Link();
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
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.stage);
  }

  /** The same part of each film, as near as before by the measure of the new size. */
  resized() {
    if (!this.settled || !this.stage.clientWidth) return;
    const panes = [this.main, this.prior].filter((pane) => pane?.loaded);
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
    if (before.heatmap !== data.heatmap) this.picture = this.fetched = null;
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
    const { films } = this.data.study;
    await this.showFilm(films.find((film) => film.uid === kept?.film) ?? films[0], kept?.views);
    for (const length of kept?.lengths ?? []) annotation.state.addAnnotation(length, this.main.film);
    if (this.settings.prior) await this.showPrior(this.settings.prior);
    return this.lightUp();
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
    if (seen) this.look(this.main, seen);
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
    const last = lengthsOn([this.main.imageId, this.prior?.imageId]).at(-1);
    if (last) annotation.state.removeAnnotation(last.annotationUID);
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

  /** A finding asked for on the page: its region, and the heatmap when it explains this finding. */
  lightUp() {
    const { highlight, read, study, heatmap_of: explained } = this.data;
    this.lit = highlight;
    if (highlight && highlight === explained) this.settings.heat = true;
    const film = study.films.find((f) => f.uid === read);
    if (highlight && film && !this.isRead) return this.showFilm(film);
    return this.draw();
  }

  /** Only when somebody wants to see it: each look at it goes on record. */
  async fetchHeat(url) {
    this.fetched = url;
    const picture = await pictureAt(url);
    if (url !== this.data.heatmap) return;
    this.picture = picture;
    this.draw();
  }

  draw() {
    const { heat, boxed, opacity, tool } = this.settings;
    const { regions, heatmap, heatmap_says: says } = this.data;
    if (heat && heatmap && this.isRead && this.fetched !== heatmap) this.fetchHeat(heatmap);
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
    if (!this.stage.clientWidth) return; // on its way out of the page
    this.views[this.film.uid] = { place: this.main.place, window: this.main.window, turned: this.main.turned };
  }

  look(pane, { place, window, turned }) {
    pane.turned = turned;
    pane.window = window;
    pane.place = place;
  }

  close() {
    if (!this.settled) return;
    const { study } = this.data;
    const lengths = lengthsOn(study.films.map((film) => imageIdOf(film.url)));
    remember(study.uid, { film: this.film?.uid, views: this.views, settings: { ...this.settings }, lengths });
    for (const length of lengths) annotation.state.removeAnnotation(length.annotationUID);
    this.observer.disconnect();
    this.prior?.close();
    this.main.close();
    this.settled = false;
  }
}
