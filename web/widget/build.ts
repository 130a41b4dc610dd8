/**
 * Builds `dist/widget.js`, the loader, and `dist/widget/app-HASH.js`, the rest of the widget, which the loader imports,
 * with the files that it loads when they are needed.
 *
 * What the loader and the rest both use is in both, so that a page loads one file before the chat is opened, and one when
 * it is.
 *
 * @module
 */

import { rm } from "node:fs/promises";
import { basename } from "node:path";
import { type BuildOptions, type Plugin, build } from "esbuild";
import { styleSheets, templates } from "./plugins.ts";

const OPTIONS = {
  outdir: "dist",
  bundle: true,
  format: "esm",
  target: "es2023",
  minify: true,
  // The licences of Lit and streaming-markdown ask for their notices: they are in a file beside the built one.
  legalComments: "linked",
} satisfies BuildOptions;

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
  // With a hash of the content, browsers can keep the files for ever.
  entryNames: "widget/[name]-[hash]",
  chunkNames: "widget/[name]-[hash]",
  splitting: true,
  metafile: true,
  plugins: [styleSheets, templates],
});
const [app] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === "src/app/index.ts") ?? [""];
await build({ ...OPTIONS, entryPoints: ["src/widget.ts"], plugins: [styleSheets, createAppImport(basename(app))] });
