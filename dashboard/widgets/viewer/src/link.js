// Two films that move together: the same part of each, and greys by each film's own measure.
export class Link {
  constructor() {
    this.busy = false;
  }

  /** Let `other` do what `pane` did: "place", "window" or "both". */
  follow(pane, other, what) {
    if (this.busy || !pane.loaded || !other?.loaded) return;
    this.apart(() => {
      if (what !== "window") other.place = pane.place;
      if (what === "place") return;
      other.turned = pane.turned;
      other.greys = pane.greys;
    });
  }

  /** What happens here is not followed. */
  apart(act) {
    const before = this.busy;
    this.busy = true;
    act();
    this.busy = before;
  }
}
