// The viewer in one file and one line, the same bytes on every machine: `npm ci && npm run build [-- FOLDER]`.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const into = process.argv[2] ?? join(here, "built");

await mkdir(into, { recursive: true });
const made = await build({
  metafile: true,
  absWorkingDir: here,
  entryPoints: ["src/viewer.js"],
  outfile: join(into, "whole.js"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  platform: "browser",
  legalComments: "none", // they are in LICENCES.txt
  logLevel: "warning",
  define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
  alias: { xmlbuilder2: "./src/stub.js" }, // of vtk.js, to write files; it asks for Node's own modules
});
// Streamlit compresses what it serves anew each time and lets nobody keep it. It serves this line; the rest has an
// address that changes with its content (dashboard/api/code.py), compressed once and kept by browsers.
const hash = createHash("sha256").update(await readFile(join(into, "whole.js"))).digest("hex");
await writeFile(join(into, "viewer.js"), `export { default } from "/code/viewer/${hash.slice(0, 16)}.js";\n`);
await copyFile(join(here, "src/viewer.css"), join(into, "viewer.css"));
await writeFile(join(into, "LICENCES.txt"), await licences(Object.keys(made.metafile.inputs)));

/** The licence of every package that went into the file, in the words of the package. */
async function licences(inputs) {
  const names = inputs.map((path) => path.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[0]);
  const said = [...new Set(names.filter(Boolean))].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(join(here, folder, "package.json"), "utf8"));
    const file = (await readdir(join(here, folder))).sort().find((entry) => /^licen[cs]e/i.test(entry));
    const words = file ? await readFile(join(here, folder, file), "utf8") : "(the package brings no text of it)";
    return `${name} ${version}, ${license}\n\n${words.replaceAll("\r", "").trim()}\n`;
  });
  return (await Promise.all(said)).join(`\n${"─".repeat(80)}\n\n`);
}
