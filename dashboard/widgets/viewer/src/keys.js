// Every key the viewer knows; the list behind “?” is made of these rows.
import { element } from "./dom.js";

const KEYS = [
  ["w", "Window and level by dragging"],
  ["p", "Pan by dragging (or with the middle button)"],
  ["l", "Measure a length"],
  ["m", "Magnifier"],
  ["1 … 9", "Window presets"],
  ["i", "Invert black and white"],
  ["+  −", "Zoom (or with the wheel; right button: drag)"],
  ["← ↑ → ↓", "Move the film"],
  ["r  R", "Rotate right, rotate left"],
  ["0", "Reset: as it was taken"],
  ["h", "Heatmap, of the finding that is lit up or of the most probable one"],
  ["b", "Boxes"],
  ["n", "Next finding: its region, and its heatmap while heatmaps are shown"],
  ["c", "Prior beside it"],
  ["k", "Link or unlink the prior"],
  ["[  ]", "Previous, next film of this study"],
  ["Delete", "Remove the last length"],
  ["f", "Full screen"],
  ["?", "This list"],
];

const MOVES = { ArrowLeft: [-40, 0], ArrowRight: [40, 0], ArrowUp: [0, -40], ArrowDown: [0, 40] };

/** A key went down somewhere in the viewer; what is ours stays here, for Streamlit has keys of its own. */
export function pressed(board, event) {
  const typing = event.composedPath()[0].matches?.("select, input");
  if (typing && event.key !== "Escape") return event.stopPropagation();
  if (!press(board, event)) return;
  event.preventDefault();
  event.stopPropagation();
}

/** Do what a key asks; answers whether it was one of ours. */
function press(board, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const key = event.key;
  if (key in MOVES) return done(() => board.main.pan(...MOVES[key]));
  if (/^[1-9]$/.test(key)) return done(() => board.presetNumber(Number(key)));
  const act = {
    w: () => board.choose("window"),
    p: () => board.choose("pan"),
    l: () => board.choose("length"),
    m: () => board.choose("lens"),
    i: () => board.both((pane) => pane.invert()),
    "+": () => board.main.zoom(1.25),
    "=": () => board.main.zoom(1.25),
    "-": () => board.main.zoom(0.8),
    r: () => board.both((pane) => pane.rotate(90)),
    R: () => board.both((pane) => pane.rotate(-90)),
    0: () => board.both((pane) => pane.reset()),
    h: () => board.heat.toggle(),
    b: () => board.toggle("boxed"),
    n: () => board.nextFinding(),
    c: () => board.togglePrior(),
    k: () => board.toggle("linked"),
    "[": () => board.nextFilm(-1),
    "]": () => board.nextFilm(1),
    Delete: () => board.removeLength(),
    Backspace: () => board.removeLength(),
    f: () => board.fullScreen(),
    "?": () => board.help(),
    Escape: () => board.help(false),
  }[key];
  return act ? done(act) : false;
}

function done(act) {
  act();
  return true;
}

/** The list behind “?”. */
export function keyList() {
  const list = element("div", "keys");
  list.hidden = true;
  list.setAttribute("role", "dialog");
  list.setAttribute("aria-label", "Keys of the viewer");
  const table = element("dl");
  for (const [key, does] of KEYS) table.append(element("dt", "", key), element("dd", "", does));
  list.append(element("strong", "", "Keys"), table);
  return list;
}
