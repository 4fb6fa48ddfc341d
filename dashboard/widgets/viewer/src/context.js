// What a browser draws with: whether it has it, and what happens when it takes it away.
import { Enums, eventTarget } from "@cornerstonejs/core";

const { WEBGL_CONTEXT_LOST, WEBGL_CONTEXT_RESTORED } = Enums.Events;
const RESTORED_MS = 5_000; // a browser that gives it back does so sooner
let taken = false;
eventTarget.addEventListener(WEBGL_CONTEXT_LOST, () => (taken = true));
eventTarget.addEventListener(WEBGL_CONTEXT_RESTORED, () => (taken = false));

/** Whether this browser can draw now; the context for the question is given back. */
export function drawable() {
  if (taken) return false;
  const gl = document.createElement("canvas").getContext("webgl2");
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return Boolean(gl);
}

/** Watches over one viewer: says why its film went, draws it again, or has it drawn elsewhere on the page. */
export class Context {
  constructor(board) {
    this.board = board;
    this.lost = () => this.onLost();
    this.restored = () => this.onRestored();
    eventTarget.addEventListener(WEBGL_CONTEXT_LOST, this.lost);
    eventTarget.addEventListener(WEBGL_CONTEXT_RESTORED, this.restored);
  }

  /** The graphics of the machine were reset, or other pages took them. */
  onLost() {
    for (const pane of this.board.loaded) pane.say("The browser lost this film's picture and is asked for it again.");
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.board.giveUp("The browser lost the picture for good"), RESTORED_MS);
  }

  onRestored() {
    clearTimeout(this.patience);
    for (const pane of this.board.loaded) {
      pane.say("");
      pane.viewport.render();
    }
  }

  close() {
    clearTimeout(this.patience);
    eventTarget.removeEventListener(WEBGL_CONTEXT_LOST, this.lost);
    eventTarget.removeEventListener(WEBGL_CONTEXT_RESTORED, this.restored);
  }
}
