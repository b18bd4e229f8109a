// Bundles the pages' styles and scripts into dist/ and prints what a browser downloads.
// Fails when the base page (styles and app.js) grows past its budget.

import { build } from "esbuild";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "dist");
const BASE_BUDGET = 40 * 1024;

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

const style = sass.compile(join(here, "styles/app.scss"), {
  style: "compressed",
  loadPaths: [join(here, "node_modules")],
  quietDeps: true,
});
await writeFile(join(out, "app.css"), style.css);

await build({
  entryPoints: { app: join(here, "src/app.ts"), charts: join(here, "src/charts.ts") },
  bundle: true,
  format: "esm",
  minify: true,
  target: ["es2022"],
  legalComments: "eof",
  outdir: out,
  logLevel: "warning",
});

let base = 0;
for (const name of ["app.css", "app.js", "charts.js"]) {
  const bytes = await readFile(join(out, name));
  const small = gzipSync(bytes, { level: 9 }).length;
  if (name !== "charts.js") base += small;
  console.log(`${name.padEnd(10)} ${String(bytes.length).padStart(8)} B  ${String(small).padStart(7)} B gzip`);
}
console.log(`base page  ${String(base).padStart(18)} B gzip of ${BASE_BUDGET}`);
if (base > BASE_BUDGET) {
  console.error("The base page is over its budget.");
  process.exitCode = 1;
}
