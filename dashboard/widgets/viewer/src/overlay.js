// What the model points at, laid over a film in its own coordinates: exact under zoom, pan and rotation.
import { drawn } from "./dom.js";

/**
 * @param corner answers, for a place in fractions of the film, where it is on the screen.
 */
export function paintHeat(canvas, picture, corner) {
  const ratio = window.devicePixelRatio || 1;
  const [wide, high] = [canvas.clientWidth, canvas.clientHeight];
  if (canvas.width !== Math.round(wide * ratio)) canvas.width = Math.round(wide * ratio);
  if (canvas.height !== Math.round(high * ratio)) canvas.height = Math.round(high * ratio);
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!picture) return;
  const [origin, right, down] = [corner(0, 0), corner(1, 0), corner(0, 1)];
  const { width, height } = picture;
  context.setTransform(
    (ratio * (right[0] - origin[0])) / width,
    (ratio * (right[1] - origin[1])) / width,
    (ratio * (down[0] - origin[0])) / height,
    (ratio * (down[1] - origin[1])) / height,
    ratio * origin[0],
    ratio * origin[1],
  );
  context.drawImage(picture, 0, 0);
}

/** Boxes with their words; the one that is asked for stands out. */
export function drawRegions(svg, regions, highlight, corner) {
  svg.replaceChildren(...regions.flatMap((region) => oneRegion(region, region.code === highlight, corner)));
}

function oneRegion(region, lit, corner) {
  const [left, top, right, bottom] = region.box;
  const points = [corner(left, top), corner(right, top), corner(right, bottom), corner(left, bottom)];
  const x = Math.min(...points.map((p) => p[0]));
  const y = Math.min(...points.map((p) => p[1]));
  const kind = lit ? "region lit" : "region";
  const box = drawn("polygon", { points: points.map((p) => p.join(",")).join(" "), class: kind });
  box.dataset.code = region.code;
  const words = drawn("text", { x: Math.max(4, x), y: Math.max(16, y - 6), class: kind }, `AI: ${region.label}`);
  return [box, words];
}

/** The region under a place on the film, the smallest first. */
export function regionAt(regions, [x, y]) {
  const hit = regions.filter(({ box }) => x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3]);
  const size = ({ box }) => (box[2] - box[0]) * (box[3] - box[1]);
  return hit.sort((a, b) => size(a) - size(b))[0];
}

/** A picture by its address; null when there is none, or it may not be shown any more. */
export function pictureAt(url) {
  return new Promise((resolve) => {
    const picture = new Image();
    picture.addEventListener("load", () => resolve(picture));
    picture.addEventListener("error", () => resolve(null));
    picture.src = url;
  });
}
