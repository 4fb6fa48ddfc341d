// Files go one by one to our own route, same origin, with the visitor's own cookie; nothing is kept in the page.
const areas = new WeakMap();

const SENTENCES = {
  0: "The connection broke before the end; nothing was lost here, send it again.",
  401: "You are signed out; sign in again, then send it again.",
  403: "Your role does not allow this.",
  413: "The file is larger than this server takes.",
  429: "Too many uploads at once; wait a minute, then send it again.",
  503: "The database does not answer; send it again in a minute.",
};

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  let area = areas.get(parentElement);
  if (!area) {
    area = new Area(parentElement.querySelector(".area"));
    areas.set(parentElement, area);
  }
  area.update(data, (outcomes) => setTriggerValue("outcomes", outcomes));
}

class Area {
  constructor(root) {
    this.files = []; // {file, sent, state: waiting | sending | done | failed, text}
    this.busy = false;
    this.zone = element("label", "zone");
    this.chooser = element("input");
    this.chooser.type = "file";
    this.chooser.multiple = true;
    this.title = element("strong");
    this.zone.append(this.chooser, this.title, element("span", "quiet", "or press Enter here to choose files"));
    this.list = element("ul");
    this.go = element("button", "go");
    this.clear = element("button", "", "Clear the list");
    this.why = element("span", "quiet");
    this.why.setAttribute("role", "status");
    this.keys = element("div", "keys");
    this.keys.append(this.go, this.clear, this.why);
    root.replaceChildren(this.zone, this.list, this.keys);
    this.listen();
  }

  listen() {
    this.chooser.addEventListener("change", () => {
      this.add([...this.chooser.files]);
      this.chooser.value = "";
    });
    this.zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.zone.classList.add("over");
    });
    this.zone.addEventListener("dragleave", () => this.zone.classList.remove("over"));
    this.zone.addEventListener("drop", (event) => {
      event.preventDefault();
      this.zone.classList.remove("over");
      this.add([...event.dataTransfer.files]);
    });
    this.go.addEventListener("click", () => this.send());
    this.clear.addEventListener("click", () => {
      this.files = [];
      this.draw();
    });
  }

  update(data, report) {
    this.data = data;
    this.report = report;
    this.title.textContent = data.prompt;
    this.chooser.accept = data.accept;
    this.chooser.setAttribute("aria-label", data.prompt);
    this.draw();
  }

  add(files) {
    if (this.busy) return;
    for (const file of files) this.files.push({ file, sent: 0, state: "waiting", text: "ready to send" });
    this.draw();
  }

  draw() {
    const open = this.files.length;
    this.list.replaceChildren(...this.files.map(line));
    this.go.textContent = open === 1 ? "Send 1 file" : `Send ${open} files`;
    this.go.disabled = this.busy || open === 0 || Boolean(this.data.blocked);
    this.clear.disabled = this.busy || this.files.length === 0;
    this.keys.hidden = this.files.length === 0;
    this.keys.style.display = this.files.length ? "" : "none";
    this.why.textContent = this.data.blocked;
  }

  async send() {
    this.busy = true;
    const all = [];
    let once = { ...this.data.once };
    for (const entry of this.files) {
      entry.state = "sending";
      const outcomes = await this.post(entry, { ...this.data.fields, ...once });
      if (outcomes.some((o) => o.outcome === "accepted" || o.outcome === "duplicate")) once = {};
      all.push(...outcomes);
      this.draw();
    }
    this.busy = false;
    this.files = this.files.filter((f) => f.state !== "done"); // the page says what became of them
    this.draw();
    if (all.length) this.report(all);
  }

  post(entry, fields) {
    return new Promise((resolve) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) if (value !== "") form.append(name, value);
      form.append("files", entry.file, entry.file.name);
      const request = new XMLHttpRequest();
      request.open("POST", this.data.to);
      request.responseType = "json";
      request.upload.addEventListener("progress", (event) => {
        entry.sent = event.lengthComputable ? event.loaded / event.total : 0;
        entry.text = entry.sent < 1 ? `${Math.round(entry.sent * 100)} %` : "being examined";
        this.draw();
      });
      request.addEventListener("loadend", () => resolve(this.settle(entry, request)));
      request.send(form);
    });
  }

  settle(entry, request) {
    const answer = request.response;
    if (request.status === 200 && Array.isArray(answer)) {
      entry.state = "done";
      entry.sent = 1;
      entry.text = summary(answer);
      return answer;
    }
    entry.state = "failed";
    entry.sent = 0;
    entry.text = answer?.error || SENTENCES[request.status] || "The server could not take it; send it again.";
    return [];
  }
}

function summary(outcomes) {
  if (outcomes.length === 1) {
    const [only] = outcomes;
    const word = only.outcome || (only.ok ? "taken" : "left out");
    return only.reason ? `${word}: ${only.reason}` : word;
  }
  const good = outcomes.filter((o) => o.outcome === "accepted" || o.ok === true).length;
  return `${good} of ${outcomes.length} taken`;
}

function line(entry) {
  const row = element("li");
  const bar = element("progress");
  bar.max = 1;
  bar.value = entry.sent;
  const text = element("span", entry.state === "failed" ? "bad" : "", entry.text);
  const name = element("span", "name", entry.file.name);
  name.title = entry.file.name;
  bar.setAttribute("aria-label", `${entry.file.name} sent`);
  row.append(name, element("span", "size", bytes(entry.file.size)), bar, text);
  return row;
}

function bytes(count) {
  if (count < 1000) return `${count} B`;
  return count < 1_000_000 ? `${(count / 1000).toFixed(0)} kB` : `${(count / 1_000_000).toFixed(1)} MB`;
}

function element(tag, kind = "", text = "") {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  if (tag === "button") made.type = "button";
  made.textContent = text;
  return made;
}
