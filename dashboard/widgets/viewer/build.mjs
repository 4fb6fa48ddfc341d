// The viewer in one file and one line, the same bytes on every machine: `npm ci && npm run build [-- FOLDER]`.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const into = process.argv[2] ?? join(here, "built");

await mkdir(into, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: ["src/viewer.js"],
  outfile: join(into, "whole.js"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  platform: "browser",
  legalComments: "none", // the licences are in NOTICE
  logLevel: "warning",
  define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
  alias: { xmlbuilder2: "./src/stub.js" }, // of vtk.js, to write files; it asks for Node's own modules
});
// Streamlit compresses what it serves anew each time and lets nobody keep it. It serves this line; the rest has an
// address that changes with its content (dashboard/api/code.py), compressed once and kept by browsers.
const hash = createHash("sha256").update(await readFile(join(into, "whole.js"))).digest("hex");
await writeFile(join(into, "viewer.js"), `export { default } from "/code/viewer/${hash.slice(0, 16)}.js";\n`);
await copyFile(join(here, "src/viewer.css"), join(into, "viewer.css"));
