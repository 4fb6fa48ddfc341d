// What stands around the rows: the names of the columns, and the keys.
import { button, element } from "./row.js";

const KEYS = [
  ["j  ↓", "next study"],
  ["k  ↑", "study before"],
  ["Enter", "open the selected study"],
  ["n", "read the next study that nobody holds"],
  ["c", "claim it"],
  ["r", "release it"],
  ["a", "assign it to a colleague"],
  ["/", "search; Esc leads back"],
  ["?", "show these keys"],
];

export function columns() {
  const row = element("div", "columns");
  row.setAttribute("role", "row");
  for (const name of ["Urgency, waiting", "Patient", "Study", "Why here", "Bedside", "AI and consent", "Held by"]) {
    const cell = element("div", "", name);
    cell.setAttribute("role", "columnheader");
    row.append(cell);
  }
  const group = element("div", "head");
  group.setAttribute("role", "rowgroup");
  group.append(row);
  return group;
}

export function help() {
  const dialog = element("dialog", "keys");
  dialog.setAttribute("aria-label", "Keys of the worklist");
  const table = element("dl");
  for (const [key, what] of KEYS) table.append(element("dt", "", key), element("dd", "", what));
  const close = button("Close", "close");
  close.addEventListener("click", () => dialog.close());
  dialog.append(element("h2", "", "Keys"), table, close);
  return dialog;
}
