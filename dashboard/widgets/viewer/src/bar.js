// The line of tools above the film; each has a word, a key and a state that can be heard.
import { element, icon } from "./dom.js";

const ICONS = {
  window: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M10 5v10M12 5.5v9M14 7v6",
  pan: "M10 2v16M2 10h16M7.5 4.5 10 2l2.5 2.5M7.5 15.5 10 18l2.5-2.5M4.5 7.5 2 10l2.5 2.5M15.5 7.5 18 10l-2.5 2.5",
  length: "M2.5 13.5 13.5 2.5l4 4-11 11zM6 10l2 2M9 7l2 2M12 4l2 2",
  lens: "M8.5 3a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M12.5 12.5l5 5M6 8.5h5M8.5 6v5",
  invert: "M3 3h14v14H3zM3 17 17 3M6 14.5h3M11.5 9H17M8 12h6M14 6h3",
  rotate: "M16.5 10a6.5 6.5 0 1 1-2-4.7M16.5 2.5v4h-4",
  full: "M3 7.5V3h4.5M12.5 3H17v4.5M17 12.5V17h-4.5M7.5 17H3v-4.5",
};

const NONE = "There is no heatmap: the model called no finding at least possible.";
const NONE_OF_THIS = "There is no heatmap of this finding: the model called it less than possible, or saw it nowhere.";

export class Bar {
  constructor(board) {
    this.board = board;
    this.root = element("div", "bar");
    this.root.setAttribute("role", "toolbar");
    this.root.setAttribute("aria-label", "Film tools");
    this.tools = Object.fromEntries(
      [
        ["window", "Window and level", "w"],
        ["pan", "Pan", "p"],
        ["length", "Length", "l"],
        ["lens", "Magnifier", "m"],
      ].map(([name, words, key]) => [name, this.button(words, key, () => board.choose(name), ICONS[name])]),
    );
    this.presets = this.select("Window preset", (name) => board.usePreset(name));
    this.films = this.select("Film", (uid) => board.showFilm(board.data.study.films.find((f) => f.uid === uid)));
    this.heat = this.button("Heatmap", "h", () => board.heat.toggle());
    this.opacity = this.slider("Heatmap opacity", (value) => board.fade(value));
    this.boxes = this.button("Boxes", "b", () => board.toggle("boxed"));
    this.prior = this.button("Prior", "c", () => board.togglePrior());
    this.priors = this.select("Prior beside it", (uid) => board.showPrior(uid));
    this.linked = this.button("Linked", "k", () => board.toggle("linked"));
    const acts = [
      this.button("Invert", "i", () => board.both((pane) => pane.invert()), ICONS.invert),
      this.button("Rotate", "r", () => board.both((pane) => pane.rotate(90)), ICONS.rotate),
      this.button("Reset", "0", () => board.both((pane) => pane.reset())),
    ];
    const last = [
      this.button("Full screen", "f", () => board.fullScreen(), ICONS.full),
      this.button("Keys", "?", () => board.help(), "", "?"),
    ];
    this.root.append(
      this.group(this.films),
      this.group(...Object.values(this.tools)),
      this.group(this.presets, ...acts),
      this.group(this.heat, this.opacity, this.boxes),
      this.group(this.prior, this.priors, this.linked),
      this.group(...last),
    );
  }

  group(...members) {
    const made = element("div", "group");
    made.append(...members);
    return made;
  }

  button(words, key, act, path = "", text = words) {
    const made = element("button", path ? "icon" : "", path ? "" : text);
    if (path) made.append(icon(path));
    made.title = `${words} (${key})`;
    made.setAttribute("aria-label", words);
    made.addEventListener("click", act);
    return made;
  }

  select(words, act) {
    const made = element("select");
    made.title = words;
    made.setAttribute("aria-label", words);
    made.addEventListener("change", () => act(made.value));
    return made;
  }

  slider(words, act) {
    const made = element("input");
    Object.assign(made, { type: "range", min: "0.1", max: "1", step: "0.05", title: words });
    made.setAttribute("aria-label", words);
    made.addEventListener("input", () => act(Number(made.value)));
    return made;
  }

  /** Show which preset is in force; "" says that the greys were turned by hand. */
  preset(name) {
    this.presets.value = name;
  }

  draw() {
    const { board } = this;
    const { settings, data } = board;
    for (const [name, button] of Object.entries(this.tools)) pressed(button, settings.tool === name);
    const windows = board.main.loaded?.head.windows ?? [];
    options(this.presets, [["", "By hand"], ...windows.map((w) => [w.name, w.name])]);
    options(this.films, data.study.films.map((film) => [film.uid, film.view]), board.film?.uid);
    show(this.films, data.study.films.length > 1);
    const { explained } = board.heat;
    pressed(this.heat, board.heat.on);
    this.heat.disabled = !explained;
    this.heat.title = explained ? `${explained.says} (h)` : board.lit ? NONE_OF_THIS : NONE;
    show(this.opacity, board.heat.on);
    this.opacity.value = settings.opacity;
    pressed(this.boxes, settings.boxed);
    show(this.boxes, data.regions.some((region) => region.boxed));
    this.drawPriors(data.priors, settings);
  }

  drawPriors(priors, settings) {
    show(this.prior, priors.length === 1);
    if (priors.length === 1) this.prior.textContent = `Prior, ${priors[0].day}`;
    pressed(this.prior, Boolean(settings.prior));
    show(this.priors, priors.length > 1);
    options(this.priors, [["", "No prior"], ...priors.map((p) => [p.uid, p.day])], settings.prior);
    show(this.linked, Boolean(settings.prior));
    pressed(this.linked, settings.linked);
  }
}

function pressed(button, on) {
  button.setAttribute("aria-pressed", String(Boolean(on)));
}

function show(member, visible) {
  member.hidden = !visible;
}

/** New choices only when they changed: an open list stays open. */
function options(select, pairs, chosen = select.value) {
  const now = JSON.stringify(pairs);
  if (select.dataset.pairs !== now) {
    select.dataset.pairs = now;
    select.replaceChildren(
      ...pairs.map(([value, words]) => {
        const made = element("option", "", words);
        made.value = value;
        return made;
      }),
    );
  }
  select.value = chosen;
}
