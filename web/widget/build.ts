/**
 * Builds `dist/widget.js`, the loader, and `dist/widget/*.js`, the rest of the widget, which the loader imports.
 *
 * @module
 */

import { readFile, rm } from "node:fs/promises";
import { type Plugin, build, transform } from "esbuild";

/** The names of the files contain a hash of their content, so browsers can keep them for ever. */
const CHUNK_NAMES = "widget/[name]-[hash]";

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

await rm("dist", { recursive: true, force: true });
await build({
  entryPoints: ["src/widget.ts"],
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2023",
  minify: true,
  chunkNames: CHUNK_NAMES,
  // The licences of Lit and streaming-markdown ask for their notices.
  legalComments: "eof",
  plugins: [styleSheets],
});
