// How each study was left, for when its viewer comes back; words and numbers only, gone with the page.
const MOST = 20;
const kept = new Map();

export function remember(study, state) {
  kept.delete(study);
  kept.set(study, state);
  if (kept.size > MOST) kept.delete(kept.keys().next().value);
}

export function recall(study) {
  return kept.get(study);
}
