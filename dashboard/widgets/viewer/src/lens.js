// A magnifier: the film's own pixels under the pointer, with the window in force, at several times the screen's scale.
export const SIZE = 240;
const TIMES = 3;

/**
 * @param film {head, pixels} of the film below.
 * @param at answers for a place on the screen the place on the film, in pixels.
 * @param range {lower, upper} of the window in force.
 */
export function paintLens(canvas, film, at, point, range, inverted) {
  const context = canvas.getContext("2d");
  const shown = context.createImageData(SIZE, SIZE);
  const grey = new Uint32Array(shown.data.buffer);
  const middle = at(point);
  const across = step(middle, at([point[0] + 1, point[1]]));
  const down = step(middle, at([point[0], point[1] + 1]));
  const tone = tones(film.head, range, inverted);
  for (let v = 0; v < SIZE; v++) {
    for (let u = 0; u < SIZE; u++) {
      const [a, b] = [(u - SIZE / 2) / TIMES, (v - SIZE / 2) / TIMES];
      const x = middle[0] + a * across[0] + b * down[0];
      const y = middle[1] + a * across[1] + b * down[1];
      grey[v * SIZE + u] = tone(sample(film, x, y));
    }
  }
  context.putImageData(shown, 0, 0);
  canvas.style.transform = `translate(${point[0] - SIZE / 2}px, ${point[1] - SIZE / 2}px)`;
}

function step(from, to) {
  return [to[0] - from[0], to[1] - from[1]];
}

/** Between the four nearest pixels; outside the film there is nothing. */
function sample({ head, pixels }, x, y) {
  const { rows, columns } = head;
  if (x < 0 || y < 0 || x > columns - 1 || y > rows - 1) return null;
  const [left, top] = [Math.min(Math.floor(x), columns - 2), Math.min(Math.floor(y), rows - 2)];
  const [fx, fy, at] = [x - left, y - top, top * columns + left];
  const above = pixels[at] * (1 - fx) + pixels[at + 1] * fx;
  const below = pixels[at + columns] * (1 - fx) + pixels[at + columns + 1] * fx;
  return above * (1 - fy) + below * fy;
}

function tones(head, { lower, upper }, inverted) {
  const [middle, width] = [(lower + upper) / 2, Math.max(upper - lower, 1e-6)];
  return (value) => {
    if (value === null) return 0xff000000;
    const straight = (value - lower) / width;
    let grey = head.sigmoid ? 1 / (1 + Math.exp((-4 * (value - middle)) / width)) : Math.min(1, Math.max(0, straight));
    if (inverted) grey = 1 - grey;
    const level = Math.round(grey * 255);
    return (0xff000000 | (level << 16) | (level << 8) | level) >>> 0;
  };
}
