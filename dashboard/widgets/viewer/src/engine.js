// One Cornerstone for the page: one rendering engine with one WebGL context, however often the viewer comes and goes.
import { Enums, init as initCore, RenderingEngine } from "@cornerstonejs/core";
import {
  addTool,
  annotation,
  Enums as ToolEnums,
  init as initTools,
  LengthTool,
  PanTool,
  ToolGroupManager,
  WindowLevelTool,
  ZoomTool,
} from "@cornerstonejs/tools";
import { lengthLines } from "./length.js";
import { register } from "./loader.js";

const ENGINE = "firstread";
const GROUP = "firstread";
const { MouseBindings } = ToolEnums;
export const TOOLS = { window: WindowLevelTool.toolName, pan: PanTool.toolName, length: LengthTool.toolName };
let ready = null;
let engine = null;

export function start() {
  ready ??= begin();
  return ready;
}

async function begin() {
  await initCore({ rendering: { webGlContextCount: 1 } });
  initTools();
  register();
  for (const tool of [WindowLevelTool, PanTool, ZoomTool, LengthTool]) addTool(tool);
  const { style } = annotation.config;
  style.setDefaultToolStyles({
    ...style.getDefaultToolStyles(),
    global: {
      ...style.getDefaultToolStyles().global,
      color: "rgb(255, 214, 64)",
      colorHighlighted: "rgb(255, 240, 170)",
      colorSelected: "rgb(255, 240, 170)",
      lineWidth: "2",
      shadow: true,
      textBoxFontFamily: "system-ui, sans-serif",
      textBoxFontSize: "13px",
      textBoxColor: "rgb(255, 226, 120)",
      textBoxColorHighlighted: "rgb(255, 240, 170)",
      textBoxColorSelected: "rgb(255, 240, 170)",
      textBoxBackground: "rgba(0, 0, 0, 0.65)",
      textBoxLinkLineWidth: "1",
    },
  });
  engine = new RenderingEngine(ENGINE);
  const group = ToolGroupManager.createToolGroup(GROUP);
  group.addTool(TOOLS.window);
  group.addTool(TOOLS.pan);
  group.addTool(ZoomTool.toolName);
  group.addTool(TOOLS.length, { getTextLines: lengthLines });
  group.setToolActive(ZoomTool.toolName, {
    bindings: [{ mouseButton: MouseBindings.Secondary }, { numTouchPoints: 2 }],
  });
  choose("window");
}

/** Begin with a new context; every viewport was disabled before. */
export function renew() {
  engine.destroy();
  engine = new RenderingEngine(ENGINE);
}

/** Give a tool the main mouse button; `none` leaves it free. The middle button always pans, the right one zooms. */
export function choose(name) {
  const group = ToolGroupManager.getToolGroup(GROUP);
  group.setToolPassive(TOOLS.window, { removeAllBindings: true });
  group.setToolPassive(TOOLS.length, { removeAllBindings: true });
  const main = { mouseButton: MouseBindings.Primary };
  const middle = { mouseButton: MouseBindings.Auxiliary };
  group.setToolPassive(TOOLS.pan, { removeAllBindings: true });
  group.setToolActive(TOOLS.pan, { bindings: name === "pan" ? [main, middle] : [middle] });
  if (name === "window" || name === "length") group.setToolActive(TOOLS[name], { bindings: [main] });
}

export function enable(viewportId, element) {
  engine.enableElement({
    viewportId,
    element,
    type: Enums.ViewportType.STACK,
    defaultOptions: { background: [0, 0, 0] },
  });
  ToolGroupManager.getToolGroup(GROUP).addViewport(viewportId, ENGINE);
  return engine.getViewport(viewportId);
}

export function disable(viewportId) {
  ToolGroupManager.getToolGroup(GROUP).removeViewports(ENGINE, viewportId);
  engine.disableElement(viewportId);
}

export function resize() {
  engine.resize(true, true); // each pane puts its film back in place itself
}
