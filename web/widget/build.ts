/**
 * Builds `dist/widget.js`, the loader, and `dist/widget/app-HASH.js`, the rest of the widget, which the loader imports.
 *
 * Each is one file: what both use is in both, so that a page loads one file before the chat is opened, and one when it is.
 *
 * @module
 */

import { readFile, rm } from "node:fs/promises";
import { basename } from "node:path";
import { type BuildOptions, type Plugin, build, transform } from "esbuild";

const OPTIONS = {
  outdir: "dist",
  bundle: true,
  format: "esm",
  target: "es2023",
  minify: true,
  // The licences of Lit and streaming-markdown ask for their notices.
  legalComments: "eof",
} satisfies BuildOptions;

/** Imports style sheets as minified texts: the widget adopts them, so a page needs no `style-src`. */
const styleSheets: Plugin = {
  name: "style-sheets",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

/** Imports the built rest of the widget instead of its source. */
const createAppImport = (file: string): Plugin => ({
  name: "app-import",
  setup({ onResolve }) {
    onResolve({ filter: /\/app\/index\.ts$/ }, () => ({ path: `./widget/${file}`, external: true }));
  },
});

await rm("dist", { recursive: true, force: true });
const { metafile } = await build({
  ...OPTIONS,
  entryPoints: { app: "src/app/index.ts" },
  // With a hash of the content, browsers can keep the file for ever.
  entryNames: "widget/[name]-[hash]",
  metafile: true,
  plugins: [styleSheets],
});
const file = basename(Object.keys(metafile.outputs)[0] ?? "");
await build({ ...OPTIONS, entryPoints: ["src/widget.ts"], plugins: [styleSheets, createAppImport(file)] });
