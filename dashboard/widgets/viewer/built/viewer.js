export { default } from "/code/viewer/427befa89b70a904.js";
