// What a browser draws with: whether it has it, and what happens when it takes it away.
import { Enums, eventTarget } from "@cornerstonejs/core";
import { renew } from "./engine.js";

const RESTORED_MS = 5_000; // a browser that gives it back does so sooner
const boards = new Set(); // the viewers on the page
let taken = false;
let patience = 0;
eventTarget.addEventListener(Enums.Events.WEBGL_CONTEXT_LOST, lost);
eventTarget.addEventListener(Enums.Events.WEBGL_CONTEXT_RESTORED, restored);

/** Whether this browser can draw now; the context for the question is given back. */
export function drawable() {
  if (taken) return false;
  const gl = document.createElement("canvas").getContext("webgl2");
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return Boolean(gl);
}

export function watch(board) {
  boards.add(board);
}

export function unwatch(board) {
  boards.delete(board);
}

/** The graphics of the machine were reset, or other pages took them: say so, and wait for a while. */
function lost() {
  taken = true;
  const panes = [...boards].flatMap((board) => board.loaded);
  for (const pane of panes) pane.say("The browser lost this film's picture and is asked for it again.");
  clearTimeout(patience);
  patience = setTimeout(() => {
    for (const board of [...boards]) board.giveUp("The browser lost the picture for good");
  }, RESTORED_MS);
}

/** What was drawn is not in the new context: every viewer begins anew, as if its reader had left and come back. */
function restored() {
  taken = false;
  clearTimeout(patience);
  for (const board of boards) board.leave();
  renew();
  for (const board of boards) board.open();
}
