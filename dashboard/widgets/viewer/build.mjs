// Everything the viewer needs in one file, the same bytes on every machine: `npm ci && npm run build [-- FOLDER]`.
import { build } from "esbuild";
import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const into = process.argv[2] ?? join(here, "built");

await mkdir(into, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: ["src/viewer.js"],
  outfile: join(into, "viewer.js"),
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
await copyFile(join(here, "src/viewer.css"), join(into, "viewer.css"));
