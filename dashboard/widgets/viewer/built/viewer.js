export { default } from "/code/viewer/7051c798e0f8c2cc.js";
