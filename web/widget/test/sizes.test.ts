import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const DIST = new URL("../dist/", import.meta.url);
const KB = 1024;

async function measure(path: string): Promise<number> {
  return gzipSync(await readFile(new URL(path, DIST)), { level: 9 }).length;
}

test("the loader has at most 5 KB, and the whole widget at most 30 KB, compressed", async (context) => {
  const names = await readdir(new URL("widget/", DIST));
  const loader = await measure("widget.js");
  const sizes = await Promise.all(names.map((name) => measure(`widget/${name}`)));
  const total = sizes.reduce((sum, size) => sum + size, loader);
  context.diagnostic(`loader ${loader} bytes, total ${total} bytes`);

  assert.ok(names.length > 0);
  assert.ok(loader <= 5 * KB, `the loader has ${loader} bytes`);
  assert.ok(total <= 30 * KB, `the widget has ${total} bytes`);
});

test("the loader is one file, which imports the rest at run time only", async () => {
  const loader = await readFile(new URL("widget.js", DIST), "utf8");

  assert.doesNotMatch(loader, /\bfrom\s*"|\bimport\s*"/);
  assert.match(loader, /import\("\.\/widget\/app-\w+\.js"\)/);
});
