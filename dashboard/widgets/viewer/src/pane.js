// One film on the screen: its viewport, what lies over it, and the words in its corners.
import { Enums, imageLoader } from "@cornerstonejs/core";
import { element, drawn } from "./dom.js";
import { disable, enable } from "./engine.js";
import { paintLens, SIZE } from "./lens.js";
import { scaleWords } from "./length.js";
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
      ["tags", "which", "values", "scale", "notice"].map((name) => [name, element("div", `words ${name}`)]),
    );
    this.words.notice.setAttribute("role", "status");
    this.root.append(this.film, this.heat, this.boxes, this.lens, ...Object.values(this.words));
    this.listen();
  }

  listen() {
    this.film.addEventListener(Events.IMAGE_RENDERED, () => this.redraw());
    this.film.addEventListener(Events.CAMERA_MODIFIED, () => this.moved());
    this.film.addEventListener(Events.VOI_MODIFIED, () => this.loaded && this.heard("window", this));
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
    this.words.scale.replaceChildren(...this.scale().map((line) => element("div", "", line)));
    this.say("");
    this.reset();
    return true;
  }

  moved() {
    if (!this.loaded || !this.film.clientWidth) return; // on its way in, or out
    this.kept = this.place;
    this.heard("place", this);
  }

  scale() {
    const { head } = this.loaded;
    const smaller = head.reduced > 1 ? [`Shown at 1/${head.reduced} of its pixels each way`] : [];
    return [scaleWords(head), ...smaller];
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
    this.window = this.window;
  }

  /** The name of the window in force; "" when it was set by hand. */
  preset() {
    const { lower, upper } = this.window;
    const near = (w) => Math.abs(w.lower - lower) < 1e-3 && Math.abs(w.upper - upper) < 1e-3;
    return this.loaded.head.windows.find(near)?.name ?? "";
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

  corner(x, y) {
    return this.viewport.worldToCanvas(this.world(x, y));
  }

  world(x, y) {
    const { row, column, rows, columns } = this.size;
    return [(x * columns - 0.5) * column, (y * rows - 0.5) * row, 0];
  }

  get middle() {
    return [this.film.clientWidth / 2, this.film.clientHeight / 2];
  }

  /** Where one looks: how near, at what, how turned; the same words for every film. */
  get place() {
    return {
      zoom: this.viewport.getZoom(),
      at: this.fractionAt(this.middle),
      rotation: this.viewport.getViewPresentation().rotation ?? 0,
    };
  }

  set place({ zoom, at, rotation }) {
    this.viewport.setViewPresentation({ rotation });
    this.viewport.setZoom(zoom);
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
    this.viewport.setZoom(Math.min(CLOSEST, Math.max(FARTHEST, this.viewport.getZoom() * factor)));
    this.bring(under, point);
    this.viewport.render();
  }

  pan(x, y) {
    if (!this.loaded) return;
    const [a, b] = this.middle;
    this.bring(this.viewport.canvasToWorld([a - x, b - y]), this.middle);
    this.viewport.render();
  }

  rotate(degrees) {
    if (!this.loaded) return;
    const { rotation } = this.place;
    this.viewport.setViewPresentation({ rotation: (rotation + degrees + 360) % 360 });
    this.viewport.render();
  }

  /** As it was taken: upright, whole, with its own window. */
  reset() {
    if (!this.loaded) return;
    this.turned = false;
    this.viewport.setViewPresentation({ rotation: 0 });
    this.viewport.resetCamera();
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
    const corner = (x, y) => this.corner(x, y);
    paintHeat(this.heat, this.picture, corner);
    drawRegions(this.boxes, this.regions, this.highlight, corner);
    this.words.values.textContent = this.values();
    this.heard("drawn", this);
  }

  values() {
    const { head } = this.loaded;
    const [lower, upper] = [this.window.lower, this.window.upper].map((v) => v * head.slope + head.intercept);
    const [left, right] = [this.corner(0, 0), this.corner(1, 0)];
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
