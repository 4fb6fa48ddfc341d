// One study of the list. Everything from outside is set as text; nothing here writes markup.

export class Row {
  constructor(said, me) {
    this.root = element("div", "row");
    this.root.setAttribute("role", "row");
    this.root.dataset.study = said.uid;
    this.root.tabIndex = -1;
    this.cells = ["how", "who", "what", "why", "ill", "ai", "hold"].map((name) => {
      const cell = element("div", `cell ${name}`);
      cell.setAttribute("role", "gridcell");
      return cell;
    });
    this.root.append(...this.cells);
    this.wait = element("small", "wait");
    this.late = element("small", "late");
    this.holderLine = element("small", "holder");
    this.hands = element("div", "hands");
    this.door = button("Open", "open");
    this.door.tabIndex = -1;
    this.hands.append(this.door);
    this.cells.at(-1).append(this.holderLine, this.hands);
    this.say(said, me);
  }

  say(said, me) {
    this.holder = said.holder;
    const text = JSON.stringify(said);
    if (text === this.text) return;
    this.text = text;
    this.said = { ...said, mine: said.holder?.subject === me };
    const [how, who, what, why, ill, ai] = this.cells; // the seventh holds buttons, and is never emptied
    this.root.setAttribute("aria-label", `${said.word}, ${said.name}, ${said.accession}: ${said.why}`);
    this.door.setAttribute("aria-label", `Open ${said.accession}, ${said.name}`);
    how.replaceChildren(badge(said.word, said.tone, said.shape), element("small", "", said.within), this.wait, this.late);
    this.wait.title = said.received_text;
    who.replaceChildren(element("b", "", said.name), element("small", "nums", said.number), element("small", "", said.age));
    what.replaceChildren(
      element("span", "nums", said.accession),
      element("small", "", [said.modality, said.priors, said.simulated].filter(Boolean).join(" · ")),
      titled(element("small", "", said.taken), said.taken_text),
    );
    why.replaceChildren(element("span", "", said.why));
    ill.replaceChildren(element("span", "nums", said.score), titled(element("small", "", said.gaps), said.gaps_text));
    ai.replaceChildren(
      badge(said.status, said.status_tone, said.status_shape),
      element("small", `consent ${said.consent_tone}`, said.consent),
      element("small", "", said.status_reason),
    );
  }

  tick(now) {
    put(this.wait, `waiting ${waited(now - this.said.received)}`);
    const late = this.said.due > this.said.received && now > this.said.due; // STAT is due at once, and says so itself
    put(this.late, late ? `overdue ${waited(now - this.said.due).split(" ").slice(0, 2).join(" ")}` : "");
    const { holder, mine } = this.said;
    const left = holder ? Math.ceil((holder.until - now) / 60_000) : 0;
    if (left <= 0) this.holder = null; // a claim that lapsed holds nothing, told or not
    put(this.holderLine, left > 0 ? `${mine ? "you" : holder.name} · ${left} min left` : "nobody");
    this.root.classList.toggle("mine", Boolean(mine && left > 0));
    this.root.classList.toggle("theirs", Boolean(!mine && left > 0));
  }
}

/** How long somebody has waited, as a person says it: the two largest units. */
export function waited(milliseconds) {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  if (minutes < 1) return "under 1 min";
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

/** A word on a tinted ground, with a shape that says the same. */
export function badge(text, tone, shape) {
  const made = element("span", `badge ${tone}`);
  if (shape) {
    const mark = element("span", "", `${shape} `);
    mark.setAttribute("aria-hidden", "true");
    made.append(mark);
  }
  made.append(text);
  return made;
}

export function element(tag, kind = "", text = "") {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  if (text) made.textContent = text;
  return made;
}

export function button(text, kind) {
  const made = element("button", kind, text);
  made.type = "button";
  return made;
}

function titled(node, title) {
  if (title) node.title = title;
  return node;
}

function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
