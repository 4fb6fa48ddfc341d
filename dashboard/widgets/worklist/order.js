// Which rows have to move, and how a list keeps its place under the reader's eyes.

/** The moves that turn one order into another: [row, the row it goes before or null], the pinned row never among them. */
export function moves(present, wanted, pinned) {
  const at = new Map(present.map((uid, index) => [uid, index]));
  const staying = stays(wanted.filter((uid) => at.has(uid)), at, pinned);
  const made = [];
  let before = null;
  for (const uid of [...wanted].reverse()) {
    if (!staying.has(uid)) made.push([uid, before]);
    before = uid;
  }
  return made;
}

/** The most rows that already stand in the wanted order, and the pinned one always. */
function stays(known, at, pinned) {
  if (!at.has(pinned) || !known.includes(pinned)) return new Set(rising(known, at));
  const place = at.get(pinned);
  const cut = known.indexOf(pinned);
  const above = known.slice(0, cut).filter((uid) => at.get(uid) < place);
  const below = known.slice(cut + 1).filter((uid) => at.get(uid) > place);
  return new Set([...rising(above, at), pinned, ...rising(below, at)]);
}

/** A longest run of rows whose places rise. */
function rising(known, at) {
  const length = known.map(() => 1);
  const from = known.map(() => -1);
  let best = -1;
  known.forEach((uid, i) => {
    for (let j = 0; j < i; j += 1) {
      if (at.get(known[j]) < at.get(uid) && length[j] + 1 > length[i]) {
        length[i] = length[j] + 1;
        from[i] = j;
      }
    }
    if (best < 0 || length[i] > length[best]) best = i;
  });
  const run = [];
  for (let i = best; i >= 0; i = from[i]) run.push(known[i]);
  return run;
}

/** Remember where a row stands on the screen; the answer puts it back there. */
export function anchor(body, pinned) {
  const box = scroller(body);
  const rows = [...body.children];
  const top = box.getBoundingClientRect().top;
  const seen = (row) => row.getBoundingClientRect().bottom > top;
  const kept = rows.find((row) => row.dataset.study === pinned && seen(row));
  const row = kept || (box.scrollTop > 0 ? rows.find(seen) : undefined);
  if (!row) return () => {};
  const was = row.getBoundingClientRect().top;
  return () => {
    if (row.isConnected) box.scrollTop += row.getBoundingClientRect().top - was;
  };
}

/** What scrolls around a node: the list itself, or the page on a narrow screen. */
function scroller(node) {
  for (let at = node; at; at = at.parentElement || at.getRootNode().host) {
    const flow = getComputedStyle(at).overflowY;
    if ((flow === "auto" || flow === "scroll") && at.scrollHeight > at.clientHeight) return at;
  }
  return document.scrollingElement;
}
