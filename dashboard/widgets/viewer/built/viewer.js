export { default } from "/code/viewer/7d9779cf293c07fb.js";
