import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const DIST = new URL("../dist/", import.meta.url);
const KB = 1024;

async function measure(path: string): Promise<number> {
  return gzipSync(await readFile(new URL(path, DIST)), { level: 9 }).length;
}

async function listScripts(): Promise<string[]> {
  return (await readdir(new URL("widget/", DIST))).filter((name) => name.endsWith(".js"));
}

/** What is loaded later, if it is needed: by the name of its source. */
const LATER = ["ar", "de", "es", "pt", "attach", "attachments", "details", "failures", "notifier", "player", "refusals", "upload"];

const isLater = (file: string): boolean => LATER.some((name) => file.startsWith(`${name}-`));

test("the loader has at most 5 KB, and all that opening a chat loads, with Markdown, at most 30 KB, compressed", async (context) => {
  const names = await listScripts();
  const opening = names.filter((name) => !isLater(name));
  const loader = await measure("widget.js");
  const [app = 0] = await Promise.all(opening.map((name) => measure(`widget/${name}`)));
  context.diagnostic(`loader ${loader} bytes, with the rest ${loader + app} bytes`);

  assert.equal(opening.length, 1, `the rest is one file: ${opening.join(", ")}`);
  assert.equal(names.length, opening.length + LATER.length, names.join(", "));
  assert.match(await readFile(new URL(`widget/${opening[0]}`, DIST), "utf8"), /"blockquote"/, "Markdown is in it");
  assert.ok(loader <= 5 * KB, `the loader has ${loader} bytes`);
  assert.ok(loader + app <= 30 * KB, `the widget has ${loader + app} bytes`);
});

test("what is loaded later imports nothing: it is one request each", async () => {
  for (const name of (await listScripts()).filter(isLater)) {
    assert.doesNotMatch(await readFile(new URL(`widget/${name}`, DIST), "utf8"), /\bfrom\s*"|\bimport\s*"/, name);
  }
});

test("the loader is one file, which imports the rest at run time only", async () => {
  const loader = await readFile(new URL("widget.js", DIST), "utf8");

  assert.doesNotMatch(loader, /\bfrom\s*"|\bimport\s*"/);
  assert.match(loader, /import\("\.\/widget\/app-\w+\.js"\)/);
});
