// Draws a signature into a hidden field as strokes of whole numbers; without scripts the typed name is the signature.
const drawing = document.getElementById("drawing");
const canvas = drawing.querySelector("canvas"), field = drawing.querySelector("input"), pen = canvas.getContext("2d");
let strokes = JSON.parse(field.value || "[]"), drawn = null;
const point = (e) => [
  Math.min(600, Math.max(0, Math.round((e.offsetX * 600) / canvas.clientWidth))),
  Math.min(200, Math.max(0, Math.round((e.offsetY * 200) / canvas.clientHeight))),
];
function show() {
  pen.clearRect(0, 0, 600, 200);
  pen.lineWidth = 4; pen.lineCap = pen.lineJoin = "round"; pen.strokeStyle = getComputedStyle(canvas).color;
  for (const stroke of strokes) {
    pen.beginPath(); pen.moveTo(...stroke[0]);
    for (const p of stroke.length > 1 ? stroke : [stroke[0], stroke[0]]) pen.lineTo(...p);
    pen.stroke();
  }
  field.value = strokes.length ? JSON.stringify(strokes) : "";
}
canvas.addEventListener("pointerdown", (e) => { canvas.setPointerCapture(e.pointerId); strokes.push((drawn = [point(e)])); show(); });
canvas.addEventListener("pointermove", (e) => { if (drawn) { drawn.push(point(e)); show(); } });
for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { drawn = null; });
drawing.querySelector("button").addEventListener("click", () => { strokes = []; show(); });
drawing.hidden = false;
show();
