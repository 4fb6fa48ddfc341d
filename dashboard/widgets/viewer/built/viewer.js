export { default } from "/code/viewer/53d8a6408955f62d.js";
