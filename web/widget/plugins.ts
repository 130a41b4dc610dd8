/**
 * The plugins of esbuild for the widget and for what contains its conversation view.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { type Plugin, transform } from "esbuild";

/** Imports style sheets as minified texts: the widget adopts them, so a page needs no `style-src`. */
export const styleSheets: Plugin = {
  name: "style-sheets",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

/** Removes the indentation of Lit templates, in which esbuild minifies nothing. It means nothing in HTML. */
export const templates: Plugin = {
  name: "templates",
  setup({ onLoad }) {
    onLoad({ filter: /\/widget\/src\/app\/.+\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      return { contents: text.replaceAll(/\n\s+/g, "\n"), loader: "ts" };
    });
  },
};
