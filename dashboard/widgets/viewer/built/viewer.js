export { default } from "/code/viewer/e0a55d8674c04ede.js";
