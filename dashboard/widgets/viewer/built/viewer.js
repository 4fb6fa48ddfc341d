export { default } from "/code/viewer/46850b7fd0b9a249.js";
