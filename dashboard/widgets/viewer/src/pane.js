// One film on the screen: its viewport, what lies over it, and the words in its corners.
import { Enums, imageLoader } from "@cornerstonejs/core";
import { element, drawn } from "./dom.js";
import { disable, enable } from "./engine.js";
import { paintLens, SIZE } from "./lens.js";
import { scaleLines } from "./length.js";
import { filmOf, hold, imageIdOf, release } from "./loader.js";
import { drawRegions, paintHeat, regionAt } from "./overlay.js";

const { Events, VOILUTFunctionType } = Enums;
const CLOSEST = 40;
const FARTHEST = 0.2;

export class Pane {
  /** @param heard is told "place", "window" or "drawn" after each change, with this pane. */
  constructor(id, heard) {
    this.id = id;
    this.heard = heard;
    this.regions = [];
    this.highlight = "";
    this.picture = null;
    this.turned = false; // black and white, by hand
    this.root = element("div", "pane");
    this.film = element("div", "film");
    this.heat = element("canvas", "heat");
    this.boxes = drawn("svg", { class: "boxes", "aria-hidden": "true" });
    this.lens = element("canvas", "lens");
    this.lens.width = this.lens.height = SIZE;
    this.lens.hidden = true;
    this.words = Object.fromEntries(
      ["tags", "looked", "which", "values", "scale", "notice"].map((name) => [name, element("div", `words ${name}`)]),
    );
    for (const name of ["notice", "looked"]) this.words[name].setAttribute("role", "status");
    this.root.append(this.film, this.heat, this.boxes, this.lens, ...Object.values(this.words));
    this.listen();
  }

  listen() {
    this.film.addEventListener(Events.IMAGE_RENDERED, () => this.redraw());
    this.film.addEventListener(Events.CAMERA_MODIFIED, () => this.moved());
    this.film.addEventListener(Events.VOI_MODIFIED, () => this.free && this.heard("window", this));
    this.film.addEventListener("contextmenu", (event) => event.preventDefault());
    this.root.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.root.addEventListener("pointerdown", (event) => (this.down = [event.clientX, event.clientY]));
    this.root.addEventListener("pointermove", (event) => this.hover(event));
    this.root.addEventListener("pointerleave", () => (this.lens.hidden = true));
  }

  /** Fetch and draw one film; what was asked for later wins. */
  async show(film, label, tags) {
    const imageId = imageIdOf(film.url);
    this.drop();
    this.imageId = imageId;
    this.root.dataset.film = film.uid;
    this.film.setAttribute("role", "img");
    this.film.setAttribute("aria-label", label);
    this.words.which.textContent = label;
    this.words.tags.replaceChildren(...tags.map((tag) => element("span", "tag", tag)));
    this.say("The film is on its way.");
    hold(imageId);
    try {
      await imageLoader.loadAndCacheImage(imageId);
      if (this.imageId !== imageId || !this.root.isConnected) return false;
      this.viewport ??= enable(this.id, this.film);
      await this.viewport.setStack([imageId]);
    } catch (error) {
      if (this.imageId === imageId) this.say(error?.error?.message || error?.message || "The film cannot be shown.");
      return false;
    }
    if (this.imageId !== imageId) return false;
    this.loaded = filmOf(imageId);
    this.turned = false;
    this.words.scale.replaceChildren(...scaleLines(this.loaded.head).map((line) => element("div", "", line)));
    this.say("");
    this.still = true;
    this.reset();
    this.still = false;
    return true;
  }

  /** Whether what changes here is somebody's doing, not the film's coming, its new size or its going. */
  get free() {
    return this.loaded && !this.still && this.film.clientWidth > 0;
  }

  moved() {
    if (!this.free) return;
    this.kept = this.place;
    this.heard("place", this);
  }

  say(sentence) {
    this.words.notice.textContent = sentence;
  }

  drop() {
    if (this.imageId) release(this.imageId);
    this.loaded = null;
    this.imageId = null;
  }

  close() {
    this.drop();
    if (this.viewport) disable(this.id);
    this.viewport = null;
    this.root.remove();
  }

  // ── greys ───────────────────────────────────────────────────────────────────────────────────────────

  get window() {
    return this.viewport.getProperties().voiRange;
  }

  set window({ lower, upper }) {
    const { head } = this.loaded;
    this.viewport.setProperties({
      voiRange: { lower, upper },
      VOILUTFunction: head.sigmoid ? VOILUTFunctionType.SAMPLED_SIGMOID : VOILUTFunctionType.LINEAR,
      invert: head.inverted !== this.turned,
    });
    this.viewport.render();
  }

  invert() {
    this.turned = !this.turned;
    this.window = this.window; // which draws it
  }

  /** The name of the window in force; "" when it was set by hand. */
  preset() {
    const { lower, upper } = this.window;
    const same = (w) => Math.abs(w.lower - lower) + Math.abs(w.upper - upper) < 1e-3;
    return this.loaded.head.windows.find(same)?.name ?? "";
  }

  use(name) {
    const chosen = this.loaded?.head.windows.find((w) => w.name === name);
    if (chosen) this.window = chosen;
  }

  /** The window as widths and steps of the film's own first one, so that it means the same on another film. */
  get greys() {
    const [own] = this.loaded.head.windows;
    const { lower, upper } = this.window;
    const wide = own.upper - own.lower;
    return { wider: (upper - lower) / wide, moved: (upper + lower - own.upper - own.lower) / 2 / wide };
  }

  set greys({ wider, moved }) {
    const [own] = this.loaded.head.windows;
    const wide = own.upper - own.lower;
    const middle = (own.upper + own.lower) / 2 + moved * wide;
    this.window = { lower: middle - (wider * wide) / 2, upper: middle + (wider * wide) / 2 };
  }

  // ── place ───────────────────────────────────────────────────────────────────────────────────────────

  get size() {
    const { head } = this.loaded;
    const [row, column] = head.spacing ? [head.spacing.row_mm, head.spacing.column_mm] : [1, 1];
    return { row, column, rows: head.rows, columns: head.columns };
  }

  /** A place on the screen as a place on the film, in pixels. */
  pixelAt(point) {
    const { row, column } = this.size;
    const [x, y] = this.viewport.canvasToWorld(point);
    return [x / column, y / row];
  }

  fractionAt(point) {
    const { rows, columns } = this.size;
    const [x, y] = this.pixelAt(point);
    return [(x + 0.5) / columns, (y + 0.5) / rows];
  }

  world(x, y) {
    const { row, column, rows, columns } = this.size;
    return [(x * columns - 0.5) * column, (y * rows - 0.5) * row, 0];
  }

  /** Half the height, in the film's millimetres, that a screen must show so that all of the film is on it. */
  get fit() {
    const { row, column, rows, columns } = this.size;
    return Math.max(rows * row, (columns * column * this.film.clientHeight) / this.film.clientWidth) / 2;
  }

  get middle() {
    return [this.film.clientWidth / 2, this.film.clientHeight / 2];
  }
  /** Where one looks: how near, at what, how turned; the same words for every film. */
  get place() {
    return {
      zoom: this.fit / this.viewport.getCamera().parallelScale,
      at: this.fractionAt(this.middle),
      rotation: this.viewport.getViewPresentation().rotation ?? 0,
    };
  }

  set place({ zoom, at, rotation }) {
    this.viewport.setViewPresentation({ rotation });
    this.viewport.setCamera({ parallelScale: this.fit / zoom });
    this.bring(this.world(...at), this.middle);
    this.viewport.render();
  }

  /** Move the film until this point of it lies there on the screen. */
  bring(world, point) {
    const now = this.viewport.canvasToWorld(point);
    const { position, focalPoint } = this.viewport.getCamera();
    const moved = (from) => from.map((value, axis) => value + world[axis] - now[axis]);
    this.viewport.setCamera({ position: moved(position), focalPoint: moved(focalPoint) });
  }

  zoom(factor, point = this.middle) {
    if (!this.loaded) return;
    const under = this.viewport.canvasToWorld(point);
    const zoom = Math.min(CLOSEST, Math.max(FARTHEST, this.place.zoom * factor));
    this.viewport.setCamera({ parallelScale: this.fit / zoom });
    this.bring(under, point);
    this.viewport.render();
  }

  pan(x, y) {
    if (!this.loaded) return;
    const [a, b] = this.middle;
    this.place = { ...this.place, at: this.fractionAt([a - x, b - y]) };
  }

  rotate(degrees) {
    if (!this.loaded) return;
    this.place = { ...this.place, rotation: (this.place.rotation + degrees + 360) % 360 };
  }

  /** As it was taken: upright, whole, with its own window. */
  reset() {
    if (!this.loaded) return;
    this.turned = false;
    this.viewport.resetCamera();
    this.place = { zoom: 1, at: [0.5, 0.5], rotation: 0 };
    this.kept = this.place;
    this.window = this.loaded.head.windows[0];
  }

  wheel(event) {
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY * 0.0015), this.pointOf(event));
  }

  pointOf(event) {
    const frame = this.film.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  // ── what lies over it ───────────────────────────────────────────────────────────────────────────────

  redraw() {
    if (!this.loaded) return;
    const corner = (x, y) => this.viewport.worldToCanvas(this.world(x, y));
    paintHeat(this.heat, this.picture, corner);
    drawRegions(this.boxes, this.regions, this.highlight, corner);
    this.words.values.textContent = this.values(corner);
    this.heard("drawn", this);
  }

  values(corner) {
    const { head } = this.loaded;
    const [lower, upper] = [this.window.lower, this.window.upper].map((v) => v * head.slope + head.intercept);
    const [left, right] = [corner(0, 0), corner(1, 0)];
    const wide = Math.hypot(right[0] - left[0], right[1] - left[1]);
    const percent = (100 * wide * (window.devicePixelRatio || 1)) / (head.columns * head.reduced);
    const greys = `W ${figure(upper - lower + 1)}  L ${figure((upper + lower + 1) / 2)}`;
    return `${greys}  ${percent.toFixed(percent < 10 ? 1 : 0)} %${this.turned ? "  inverted" : ""}`;
  }

  hover(event) {
    if (!this.loaded) return;
    const point = this.pointOf(event);
    this.root.classList.toggle("over-region", Boolean(regionAt(this.regions, this.fractionAt(point))));
    this.lens.hidden = !this.magnifies;
    if (this.magnifies) this.magnify(point);
  }

  magnify(point) {
    const at = (p) => this.pixelAt(p);
    paintLens(this.lens, this.loaded, at, point, this.window, this.loaded.head.inverted !== this.turned);
  }

  /** The region that was clicked, not dragged over. */
  clicked(event) {
    const moved = this.down ? Math.hypot(event.clientX - this.down[0], event.clientY - this.down[1]) : 99;
    if (!this.loaded || moved > 4) return null;
    return regionAt(this.regions, this.fractionAt(this.pointOf(event))) ?? null;
  }
}

function figure(value) {
  return Math.abs(value) < 100 && !Number.isInteger(value) ? value.toFixed(1) : String(Math.round(value));
}
