/**
 * Builds `dist`: `index.html`, `favicon.svg`, and what the page loads, `assets/NAME-HASH.{js,css}`.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { build, transform } from "../widget/node_modules/esbuild/lib/main.js";
import { markdownParser, styleSheets, templates } from "../widget/plugins.ts";

await rm("dist", { recursive: true, force: true });
await mkdir("dist/assets", { recursive: true });
const { metafile } = await build({
  entryPoints: { page: "src/main.ts" },
  outdir: "dist/assets",
  // With a hash of the content, browsers can keep the files for ever.
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  charset: "utf8",
  target: "es2023",
  minify: true,
  // The licences of Lit, streaming-markdown and oidc-client-ts ask for their notices.
  legalComments: "eof",
  metafile: true,
  plugins: [markdownParser, styleSheets, templates],
});

const entry = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === "src/main.ts");
if (entry === undefined) throw new Error("There is no entry.");
const [script, { imports }] = entry;
const preloads = imports
  .filter(({ kind }) => kind === "import-statement")
  .map(({ path }) => `<link rel="modulepreload" href="assets/${basename(path)}">`);
const page = (await readFile("src/index.html", "utf8"))
  .replace("<!-- preloads -->", preloads.join("\n    "))
  .replace("main.ts", `assets/${basename(script)}`)
  .replace("page.css", `assets/${await buildStyleSheet("src/page.css")}`);
await writeFile("dist/index.html", page);
await copyFile("src/favicon.svg", "dist/favicon.svg");

/** Write a minified style sheet, and return its name with a hash of its content. */
async function buildStyleSheet(path: string): Promise<string> {
  const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
  const name = `page-${createHash("sha256").update(code).digest("hex").slice(0, 8).toUpperCase()}.css`;
  await writeFile(`dist/assets/${name}`, code);
  return name;
}
