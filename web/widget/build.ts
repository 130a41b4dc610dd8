/**
 * Builds `dist/widget.js`, the loader, and `dist/widget/app-HASH.js`, the rest of the widget, which the loader imports,
 * with the files that it loads when they are needed.
 *
 * What the loader and the rest both use is in both, so that a page loads one file before the chat is opened, and one when
 * it is.
 *
 * @module
 */

import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { type BuildOptions, type OutputFile, type Plugin, build } from "esbuild";
import { minify } from "terser";
import { INTERNAL_NAMES } from "./internal-names.ts";
import { markdownParser, styleSheets, templates } from "./plugins.ts";

const OPTIONS = {
  outdir: "dist",
  bundle: true,
  format: "esm",
  target: "es2023",
  minify: true,
  write: false,
  // The licences of Lit and streaming-markdown ask for their notices: they are in a file beside the built one.
  legalComments: "external",
} satisfies BuildOptions;

/** Imports the built rest of the widget instead of its source. */
const createAppImport = (file: string): Plugin => ({
  name: "app-import",
  setup({ onResolve }) {
    onResolve({ filter: /\/app\/index\.ts$/ }, () => ({ path: `./widget/${file}`, external: true }));
  },
});

/** terser makes scripts 2 % smaller than esbuild does. What it takes for granted: no getter and no built-in function is replaced. */
const MINIFY = {
  module: true,
  ecma: 2020,
  compress: { passes: 3, keep_fargs: false, pure_getters: true, unsafe: true, unsafe_arrows: true },
  format: { comments: false },
} as const;

/** Write files. */
async function write(files: readonly OutputFile[]): Promise<void> {
  for (const { path, text } of files) {
    const { code = "" } = path.endsWith(".js")
      ? await minify(text, MINIFY)
      : { code: text };
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, code);
  }
}

await rm("dist", { recursive: true, force: true });
const { metafile, outputFiles } = await build({
  ...OPTIONS,
  entryPoints: { app: "src/app/index.ts" },
  // With a hash of the content, browsers can keep the files for ever.
  entryNames: "widget/[name]-[hash]",
  chunkNames: "widget/[name]-[hash]",
  splitting: true,
  mangleProps: INTERNAL_NAMES,
  metafile: true,
  plugins: [markdownParser, styleSheets, templates],
});
const [app] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === "src/app/index.ts") ?? [""];
const loader = { entryPoints: ["src/widget.ts"], plugins: [styleSheets, createAppImport(basename(app))] };
await write([...outputFiles, ...(await build({ ...OPTIONS, ...loader })).outputFiles]);
