// Films come decoded from our own route: JSON, then the bytes of int16. Nothing is parsed here that came from outside.
import { cache, Enums, imageLoader, metaData, utilities } from "@cornerstonejs/core";

const SCHEME = "firstread";
const KEPT_MS = 30_000; // a film nobody looks at leaves the page's memory soon after
const films = new Map(); // imageId → {head, pixels}
const held = new Set();
const leaving = new Map();

export function imageIdOf(url) {
  return `${SCHEME}:${url}`;
}

/** What is known of a film once its picture is there: head as `engine.dicom.frame.packed` writes it, and pixels. */
export function filmOf(imageId) {
  return films.get(imageId);
}

export function register() {
  imageLoader.registerImageLoader(SCHEME, (imageId) => {
    const stop = new AbortController();
    return { promise: load(imageId, stop.signal), cancelFn: () => stop.abort() };
  });
  metaData.addProvider(describe, 1000);
}

/** Stay in memory while somebody looks, and for a moment after: a rerun of the page comes back at once. */
export function hold(imageId) {
  held.add(imageId);
  clearTimeout(leaving.get(imageId));
  leaving.delete(imageId);
}

export function release(imageId) {
  hold(imageId);
  leaving.set(imageId, setTimeout(() => forget(imageId), KEPT_MS));
}

function forget(imageId) {
  held.delete(imageId);
  leaving.delete(imageId);
  films.delete(imageId);
  try {
    cache.removeImageLoadObject(imageId, { force: true });
  } catch {
    // it was never loaded to the end
  }
}

async function load(imageId, signal) {
  const answer = await fetch(imageId.slice(SCHEME.length + 1), { signal, cache: "no-store" });
  if (!answer.ok) throw new Error(await sentence(answer));
  const bytes = await answer.arrayBuffer();
  const words = new DataView(bytes).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, words)));
  const pixels = joined(bytes, 4 + words, head.rows * head.columns);
  if (held.has(imageId)) films.set(imageId, { head, pixels }); // else nobody waits for it any more
  return image(imageId, head, pixels);
}

/** Low and high bytes come apart, because they pack better that way. */
function joined(bytes, from, count) {
  const low = new Uint8Array(bytes, from, count);
  const high = new Uint8Array(bytes, from + count, count);
  const pixels = new Int16Array(count);
  for (let i = 0; i < count; i++) pixels[i] = low[i] | (high[i] << 8);
  return pixels;
}

async function sentence(answer) {
  const said = await answer.json().catch(() => ({}));
  if (said.error) return said.error;
  return answer.status === 401 ? "You are signed out; sign in again." : "The film did not come; reload the page.";
}

/** A pixel is as large as at the detector, or 1 where nobody says; every length is worded in length.js. */
function sides(head) {
  return head.spacing ? [head.spacing.row_mm, head.spacing.column_mm] : [1, 1];
}

function image(imageId, head, pixels) {
  const { rows, columns } = head;
  const [row, column] = sides(head);
  const [first] = head.windows;
  const voxelManager = utilities.VoxelManager.createImageVoxelManager({
    width: columns,
    height: rows,
    scalarData: pixels,
    numberOfComponents: 1,
  });
  return {
    imageId,
    rows,
    columns,
    height: rows,
    width: columns,
    minPixelValue: first.lower,
    maxPixelValue: first.upper,
    slope: 1,
    intercept: 0,
    windowCenter: (first.lower + first.upper + 1) / 2,
    windowWidth: first.upper - first.lower + 1,
    voiLUTFunction: head.sigmoid ? Enums.VOILUTFunctionType.SAMPLED_SIGMOID : Enums.VOILUTFunctionType.LINEAR,
    getPixelData: () => pixels,
    voxelManager,
    color: false,
    rgba: false,
    numberOfComponents: 1,
    rowPixelSpacing: row,
    columnPixelSpacing: column,
    invert: false, // MONOCHROME1 is turned in pane.js, where a person may turn it again
    photometricInterpretation: "MONOCHROME2",
    dataType: "Int16Array",
    sizeInBytes: pixels.byteLength,
  };
}

function describe(type, imageId) {
  const film = films.get(imageId);
  if (!film) return undefined;
  const { head } = film;
  const [row, column] = sides(head);
  if (type === "imagePixelModule") {
    return {
      bitsAllocated: 16,
      bitsStored: 16,
      highBit: 15,
      pixelRepresentation: 1,
      samplesPerPixel: 1,
      photometricInterpretation: "MONOCHROME2",
      rows: head.rows,
      columns: head.columns,
    };
  }
  if (type === "imagePlaneModule") {
    return {
      frameOfReferenceUID: imageId, // a length belongs to one film and to no other
      rows: head.rows,
      columns: head.columns,
      imageOrientationPatient: [1, 0, 0, 0, 1, 0],
      rowCosines: [1, 0, 0],
      columnCosines: [0, 1, 0],
      imagePositionPatient: [0, 0, 0],
      rowPixelSpacing: row,
      columnPixelSpacing: column,
      pixelSpacing: [row, column],
    };
  }
  if (type === "generalSeriesModule") return { modality: "DX", seriesInstanceUID: imageId };
  if (type === "modalityLutModule") return { rescaleSlope: 1, rescaleIntercept: 0 };
  return undefined;
}
