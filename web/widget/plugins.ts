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

/** The names of the fields of a parser of streaming-markdown, which only the parser uses. */
const PARSER_FIELDS =
  /^(text|pending|tokens|len|token|fence_end|blockquote_idx|hr_chars?|fence_start|spaces|indent|indent_len|table_state)$/;

/** Shortens the names of the fields of streaming-markdown's parser, and removes its assertions. */
export const markdownParser: Plugin = {
  name: "markdown-parser",
  setup({ onLoad }) {
    onLoad({ filter: /\/streaming-markdown\/smd\.js$/ }, async ({ path }) => {
      const options = { mangleProps: PARSER_FIELDS, pure: ["console.assert"], minifySyntax: true };
      const { code } = await transform(await readFile(path, "utf8"), options);
      return { contents: code };
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
