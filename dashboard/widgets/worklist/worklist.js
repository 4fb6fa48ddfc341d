// The list of open studies. Rows are kept by study UID and moved only when their place changed, so that what a person
// has selected, scrolled to or focused stays where it is while studies arrive and leave.
import { columns, help } from "./frame.js";
import { Row, button, element } from "./row.js";
import { anchor, moves } from "./order.js";

const lists = new WeakMap();
export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  let list = lists.get(parentElement);
  if (!list) {
    list = new List(parentElement.querySelector(".list"));
    lists.set(parentElement, list);
  }
  list.tell = setTriggerValue;
  list.update(data); // no farewell is returned: Streamlit says it after the next data came, not when the list goes
}

class List {
  constructor(root) {
    this.root = root;
    this.rows = new Map(); // study UID → Row
    this.order = [];
    this.selected = null;
    this.told = null; // what was drawn last, as text
    this.note = element("p", "note");
    this.note.setAttribute("role", "status");
    this.grid = element("div", "grid");
    this.grid.setAttribute("role", "grid");
    this.grid.setAttribute("aria-label", "Studies to read");
    this.head = columns();
    this.body = element("div", "body");
    this.body.setAttribute("role", "rowgroup");
    this.empty = element("div", "empty");
    this.actions = this.tools();
    this.keys = help();
    this.grid.append(this.head, this.body);
    this.hint = element("div", "hint", "j and k move, Enter opens, c claims, / searches");
    const all = button("All keys: ?", "all");
    all.addEventListener("click", () => this.keys.showModal());
    this.hint.append(all);
    root.replaceChildren(this.note, this.grid, this.empty, this.hint, this.keys);
    root.removeAttribute("aria-busy");
    this.listen();
  }

  listen() {
    this.body.addEventListener("click", (event) => this.clicked(event));
    this.body.addEventListener("dblclick", (event) => {
      const row = event.target.closest(".row");
      if (row && !event.target.closest("button, select")) this.open(row.dataset.study);
    });
    this.body.addEventListener("focusin", (event) => {
      const row = event.target.closest(".row");
      if (row) this.select(row.dataset.study);
    });
    this.key = (event) => this.pressed(event);
    this.wake();
  }

  wake() {
    if (this.timer) return;
    window.addEventListener("keydown", this.key, true); // before Streamlit's own keys: r and c mean something else there
    this.timer = setInterval(() => this.tick(), 1000);
  }

  rest() {
    window.removeEventListener("keydown", this.key, true);
    clearInterval(this.timer);
    this.timer = null;
  }

  // ── what the server says ──────────────────────────────────────────────────────────────────────────

  update(data) {
    this.wake();
    this.root.classList.toggle("away", Boolean(data.away));
    this.grid.setAttribute("aria-disabled", String(Boolean(data.away)));
    this.note.textContent = data.away || data.sentence || "";
    this.note.hidden = !this.note.textContent;
    if (data.away) return; // the last list stays, greyed
    if (this.now !== data.now) this.skew = Date.now() - data.now;
    this.now = data.now;
    const told = JSON.stringify([data.rows, data.people, data.list, data.empty]);
    if (told !== this.told) this.redraw(data, this.told === null);
    this.told = told;
    this.tick();
  }

  redraw(data, first) {
    const elsewhere = this.list !== data.list; // another page or another filter
    const hold = elsewhere ? () => {} : anchor(this.body, this.pinned());
    const arrived = this.reconcile(data.rows, data.me);
    if (elsewhere) this.grid.scrollTop = 0;
    hold();
    if (!this.rows.has(this.selected)) this.select(this.rows.has(data.selected) ? data.selected : null);
    if (!first && !elsewhere && arrived.length) this.announce(arrived);
    this.empty.hidden = data.rows.length > 0;
    this.grid.hidden = data.rows.length === 0;
    this.hint.hidden = this.grid.hidden;
    this.empty.replaceChildren(element("strong", "", data.empty.title), element("span", "", data.empty.text));
    this.people(data.people, data.me);
    this.select(this.selected);
    this.list = data.list;
  }

  reconcile(rows, me) {
    const wanted = new Set(rows.map((row) => row.uid));
    for (const [uid, row] of this.rows) {
      if (wanted.has(uid)) continue;
      if (row.root.contains(this.actions)) this.actions.remove();
      row.root.remove();
      this.rows.delete(uid);
    }
    const arrived = [];
    for (const said of rows) {
      const known = this.rows.get(said.uid);
      if (known) known.say(said, me);
      else {
        this.rows.set(said.uid, new Row(said, me));
        arrived.push(said);
      }
    }
    this.order = rows.map((row) => row.uid);
    const present = [...this.body.children].map((node) => node.dataset.study);
    for (const [uid, before] of moves(present, this.order, this.pinned())) {
      this.body.insertBefore(this.rows.get(uid).root, before === null ? null : this.rows.get(before).root);
    }
    this.grid.setAttribute("aria-rowcount", String(rows.length + 1));
    return arrived;
  }

  pinned() {
    const active = this.root.getRootNode().activeElement?.closest?.(".row")?.dataset.study;
    return active || this.selected;
  }

  announce(arrived) {
    const [one] = arrived;
    const what = arrived.length === 1 ? "1 more study" : `${arrived.length} more studies`;
    this.news = element("span", "unseen", `${what}: ${one.word}, ${one.why}`);
    this.news.setAttribute("role", "status");
    this.root.append(this.news);
    setTimeout((said) => said.remove(), 8000, this.news);
  }

  tick() {
    if (!this.root.isConnected) return this.rest();
    const now = Date.now() - (this.skew || 0);
    for (const row of this.rows.values()) row.tick(now);
    return undefined;
  }

  // ── selecting ─────────────────────────────────────────────────────────────────────────────────────

  select(uid) {
    this.selected = this.rows.has(uid) ? uid : null;
    const reachable = this.selected || this.order[0];
    for (const [known, row] of this.rows) {
      row.root.setAttribute("aria-selected", String(known === this.selected));
      row.root.tabIndex = known === reachable ? 0 : -1;
    }
    if (this.selected === null) {
      this.actions.remove();
      return;
    }
    const row = this.rows.get(this.selected);
    this.toggle.textContent = row.said.mine ? "Release" : "Claim";
    this.toggle.disabled = Boolean(row.holder && !row.said.mine);
    this.assign.hidden = this.toggle.disabled || this.assign.options.length < 2;
    if (this.actions.parentElement !== row.hands) row.hands.append(this.actions);
  }

  step(by) {
    const at = this.order.indexOf(this.selected);
    const next = at < 0 ? 0 : Math.min(this.order.length - 1, Math.max(0, at + by));
    const row = this.rows.get(this.order[next]);
    if (!row) return;
    row.root.focus({ preventScroll: true });
    row.root.scrollIntoView({ block: "nearest" });
  }

  clicked(event) {
    const row = event.target.closest(".row");
    if (!row) return;
    if (event.target.closest(".open")) this.open(row.dataset.study);
    else if (!event.target.closest("button, select")) row.focus({ preventScroll: true });
  }

  // ── acting: what is sent is always the UID ────────────────────────────────────────────────────────

  open(uid) {
    if (!this.root.classList.contains("away")) this.tell("open", uid);
  }

  hold(word) {
    const row = this.rows.get(this.selected);
    if (!row || this.root.classList.contains("away")) return;
    if (word === "claim" ? !row.holder : row.said.mine) this.tell(word, this.selected);
  }

  tools() {
    const strip = element("div", "actions");
    this.toggle = button("Claim", "claim");
    this.toggle.addEventListener("click", () => this.hold(this.toggle.textContent.toLowerCase()));
    this.assign = element("select", "assign");
    this.assign.setAttribute("aria-label", "Assign to a colleague");
    this.assign.addEventListener("change", () => {
      const to = this.assign.value;
      this.assign.selectedIndex = 0;
      if (to && this.selected) this.tell("assign", { uid: this.selected, to });
      this.step(0); // in a list of names the keys of the worklist would be letters of a name
    });
    strip.append(this.toggle, this.assign);
    return strip;
  }

  people(known, me) {
    const others = known.filter((person) => person.subject !== me);
    const said = JSON.stringify(others);
    if (said === this.known) return;
    this.known = said;
    const first = element("option", "", "Assign");
    first.value = "";
    const options = others.map((person) => {
      const option = element("option", "", person.name);
      option.value = person.subject;
      return option;
    });
    this.assign.replaceChildren(first, ...options);
  }

  pressed(event) {
    if (!this.root.isConnected) {
      this.rest();
      return;
    }
    const search = searching();
    if (event.key === "Escape" && search && event.composedPath()[0] === search) {
      this.step(0); // Streamlit takes over what was typed when the field is left
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.composedPath()[0];
    if (this.root.getClientRects().length === 0 || writing(target) || this.keys.open) return; // out of sight, or typing
    const inside = this.root.contains(target);
    const act = {
      j: () => this.step(1),
      k: () => this.step(-1),
      c: () => this.hold("claim"),
      r: () => this.hold("release"),
      a: () => this.selected && this.assign.focus(),
      "/": () => search?.focus(),
      "?": () => this.keys.showModal(),
      ...(inside && {
        ArrowDown: () => this.step(1),
        ArrowUp: () => this.step(-1),
        Home: () => this.step(-this.order.length),
        End: () => this.step(this.order.length),
      }),
      ...((target.classList?.contains("row") || target === document.body) &&
        this.selected && { Enter: () => this.open(this.selected) }),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  }
}

function searching() {
  return document.querySelector(".st-key-worklist_search input");
}

function writing(target) {
  return target instanceof Element && target.matches("input, textarea, select, [contenteditable=true]");
}
