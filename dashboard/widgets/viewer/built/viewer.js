export { default } from "/code/viewer/93ebf34d2e5fe780.js";
