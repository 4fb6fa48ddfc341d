// The impression while it is written. The words go to the server two seconds after the hands rest, five seconds after
// the first unsent letter at the latest, and at once when the field is left. What has not arrived there stays in this
// page's memory and comes back when the connection does; nothing of it is put into the browser's storage.
const PAUSE_MS = 2000;
const LATEST_MS = 5000;
const WORRY_MS = 8000;

const editors = new WeakMap();
const unsent = new Map(); // name of the report -> { text, known: texts the server has or may have }

export default function (component) {
  const { parentElement, data, setStateValue } = component;
  let editor = editors.get(parentElement);
  if (!editor) {
    editor = new Editor();
    editors.set(parentElement, editor);
  }
  editor.move(parentElement.querySelector(".editor"));
  editor.update(data, (said) => setStateValue("said", said));
  return () =>
    setTimeout(() => {
      if (editor.field.isConnected) return; // only this call of Streamlit is over, not the field
      editors.delete(parentElement);
      editor.leave();
    });
}

class Editor {
  constructor() {
    this.composing = false;
    this.here = false; // whether somebody is in the field
    this.said = 0; // how often this field has sent its words
    this.label = element("label", "label");
    this.field = element("textarea", "field");
    this.field.id = "impression";
    this.label.htmlFor = "impression";
    this.status = element("span", "status");
    this.listen();
  }

  // Streamlit may lay out the same place anew; the field moves there with its words, its undo and whoever is in it.
  move(root) {
    if (!root || root === this.root) return;
    const { here, field } = this;
    const [from, to] = [field.selectionStart, field.selectionEnd];
    this.root = root;
    root.replaceChildren(this.label, field, this.status);
    if (!here) return;
    field.focus({ preventScroll: true });
    field.setSelectionRange(from, to);
  }

  listen() {
    const field = this.field;
    field.addEventListener("input", () => this.typed());
    field.addEventListener("compositionstart", () => (this.composing = true));
    field.addEventListener("compositionend", () => {
      this.composing = false;
      this.typed();
    });
    field.addEventListener("focus", () => (this.here = true));
    field.addEventListener("blur", () => {
      if (!field.isConnected || !this.root.isConnected) return; // taken away, not left
      this.here = false;
      this.send();
    });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.send();
    });
    // Letters are words here and never shortcuts of the page around.
    for (const kind of ["keydown", "keypress", "keyup"]) field.addEventListener(kind, (event) => event.stopPropagation());
    this.hidden = () => document.visibilityState === "hidden" && this.send();
    document.addEventListener("visibilitychange", this.hidden);
    window.addEventListener("pagehide", (this.going = () => this.send()));
  }

  update(data, report) {
    this.data = data;
    this.report = report;
    this.label.textContent = data.label;
    this.field.placeholder = data.placeholder;
    if (data.revision !== this.revision) this.replace(data);
    else if (data.heard >= this.said && this.sent !== undefined) this.settle();
    this.show();
  }

  // The server has put other words here: a draft, one's own again, or those kept when the page was last open.
  replace(data) {
    const stash = unsent.get(data.name);
    this.revision = data.revision;
    this.said = data.heard;
    this.sent = undefined;
    clearTimeout(this.pause);
    clearTimeout(this.latest);
    this.pause = this.latest = undefined;
    const mine = stash && stash.known.includes(data.text) && stash.text !== data.text;
    this.field.value = mine ? stash.text : data.text;
    this.known = data.text;
    unsent.delete(data.name);
    if (mine) this.typed();
  }

  settle() {
    this.known = this.sent;
    this.sent = undefined;
    if (this.field.value === this.known) unsent.delete(this.data.name);
    else this.remember();
  }

  typed() {
    this.remember();
    if (this.composing) return;
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.send(), PAUSE_MS);
    this.latest ??= setTimeout(() => this.send(), LATEST_MS);
    this.show();
  }

  remember() {
    const known = this.sent === undefined ? [this.known] : [this.known, this.sent];
    unsent.set(this.data.name, { text: this.field.value, known });
    this.since ??= Date.now();
  }

  send() {
    clearTimeout(this.pause);
    clearTimeout(this.latest);
    this.pause = this.latest = undefined;
    if (this.composing || !this.report || this.field.value === (this.sent ?? this.known)) return;
    this.sent = this.field.value;
    this.said += 1;
    this.remember();
    this.report({ revision: this.revision, heard: this.said, text: this.sent });
    this.show();
  }

  show() {
    const open = unsent.has(this.data.name);
    if (!open) this.since = undefined;
    clearTimeout(this.worry);
    const late = open && this.since && Date.now() - this.since > WORRY_MS && this.sent !== undefined;
    this.status.textContent = late
      ? "Not kept yet: the connection is slow or lost. Your words stay here; do not close this page."
      : open
        ? "Writing…"
        : this.data.status;
    this.status.classList.toggle("bad", Boolean(late));
    if (open) this.worry = setTimeout(() => this.show(), 1000);
  }

  leave() {
    this.send();
    clearTimeout(this.worry);
    document.removeEventListener("visibilitychange", this.hidden);
    window.removeEventListener("pagehide", this.going);
  }
}

function element(name, className = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  return made;
}
