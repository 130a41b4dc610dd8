/**
 * Builds the page of `view-page.ts` and writes its script to the standard output.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { styleSheets } from "../plugins.ts";

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL("view-page.ts", import.meta.url))],
  bundle: true,
  format: "esm",
  target: "es2023",
  write: false,
  plugins: [styleSheets],
});
process.stdout.write(outputFiles[0]?.text ?? "");
