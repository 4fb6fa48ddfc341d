// What a length on a film may be called. Millimetres in the patient need a calibration; a projection alone magnifies.
import { annotation } from "@cornerstonejs/tools";
import { filmOf } from "./loader.js";

/** The words beside a ruler. Source: DICOM PS3.3 10.7.1.3. */
export function lengthLines(data, targetId) {
  const film = filmOf(String(targetId).replace(/^imageId:/, ""));
  const [a, b] = data.handles.points;
  if (!film || !a || !b) return [];
  return lengthWords(Math.hypot(b[0] - a[0], b[1] - a[1]), film.head);
}

/** `length` is in millimetres where the film has a spacing, else in shown pixels. */
export function lengthWords(length, head) {
  if (!head.spacing) return [`${Math.round(length * head.reduced)} px`, "no scale in the file"];
  if (head.spacing.calibrated) return [`${length.toFixed(1)} mm`, `calibrated by ${head.spacing.by}`];
  return [`${length.toFixed(1)} mm at the detector`, "not calibrated: projection magnification"];
}

/** The same for the whole film, in its corner; and whether its pixels are all there. */
export function scaleLines(head) {
  const smaller = head.reduced > 1 ? [`Shown at 1/${head.reduced} of its pixels each way`] : [];
  if (!head.spacing) return ["Lengths in pixels: no scale in the file", ...smaller];
  if (head.spacing.calibrated) return [`Lengths in mm, calibrated by ${head.spacing.by}`, ...smaller];
  return ["Lengths at the detector, not calibrated: projection magnification", ...smaller];
}

/** Take off these films the lengths that somebody drew, the oldest first; answers them. */
export function takeLengths(imageIds, from = 0) {
  const drawn = annotation.state.getAllAnnotations().filter((a) => imageIds.includes(a.metadata.FrameOfReferenceUID));
  const taken = drawn.slice(from);
  for (const length of taken) annotation.state.removeAnnotation(length.annotationUID);
  return taken;
}

export function putLengths(lengths, film) {
  for (const length of lengths) annotation.state.addAnnotation(length, film);
}
