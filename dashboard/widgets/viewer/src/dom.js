// Elements made by hand: no markup is ever parsed, so words stay words.
const SVG = "http://www.w3.org/2000/svg";

export function element(tag, kind = "", text = "") {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  if (tag === "button") made.type = "button";
  if (text) made.textContent = text;
  return made;
}

export function drawn(tag, attributes = {}, text = "") {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}

export function icon(path) {
  const svg = drawn("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" });
  svg.append(drawn("path", { d: path }));
  return svg;
}
