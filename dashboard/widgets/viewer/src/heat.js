// Where the model looked: a heatmap for each finding, fetched only when somebody wants to see it, for each look goes on
// record.
import { pictureAt } from "./overlay.js";

export class Heat {
  constructor(board) {
    this.board = board;
    this.glow = false; // whether it is shown while a finding is lit up; else board.settings.heat says it
    this.pictures = new Map(); // by address; undefined while it is on its way, null when it did not come
  }

  /** The heatmap of the finding that is lit up; while none is, of the one that is explained first. */
  get explained() {
    const { data, isRead, lit } = this.board;
    return isRead ? data.heatmaps[lit || data.explained_first] : undefined;
  }

  /** Whether it is shown, or will be when it comes. */
  get on() {
    const { lit, settings } = this.board;
    return Boolean(this.explained) && (lit ? this.glow : settings.heat);
  }

  toggle() {
    if (!this.explained) return;
    if (this.board.lit) this.glow = !this.glow;
    else this.board.settings.heat = !this.board.settings.heat;
    this.board.draw();
  }

  /** What was fetched may not be shown any more. */
  takeBack() {
    this.pictures = new Map();
  }

  /** Put the picture on a pane, and on it what it shows: at no zoom and on no phone is a glow without its name. */
  lay(pane) {
    const asked = this.on ? this.explained : undefined;
    if (asked && !this.pictures.has(asked.url)) this.fetch(asked.url);
    const picture = asked && this.pictures.get(asked.url);
    pane.picture = picture ?? null;
    pane.heat.style.opacity = this.board.settings.opacity;
    const failed = picture === null ? "The heatmap did not come." : "";
    pane.words.looked.textContent = picture ? `AI heatmap. ${asked.says}` : failed;
  }

  async fetch(url) {
    const { pictures } = this;
    pictures.set(url, undefined);
    const picture = await pictureAt(url);
    if (pictures !== this.pictures) return;
    pictures.set(url, picture);
    this.board.draw();
  }
}
