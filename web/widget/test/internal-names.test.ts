import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { INTERNAL_NAMES } from "../internal-names.ts";

/** Sources whose names leave the files of the build: frames, texts, and what the loader and the rest exchange. */
const PUBLIC = [
  "../../client/src/protocol.ts",
  "../src/chat-element.ts",
  "../src/launcher.ts",
  "../src/options.ts",
  "../src/panel-host.ts",
  "../src/strings/attach.ts",
  "../src/strings/details.ts",
  "../src/strings/en.ts",
  "../src/strings/player.ts",
  "../src/strings/refusals.ts",
  "../src/tab-storage.ts",
];

/** Sources with interfaces of stored values. */
const STORED = {
  "../../client/src/outbox.ts": ["OutboxMessage"],
  "../../client/src/visitor.ts": ["VisitorSession", "Transcript"],
};

const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), "utf8");

const listWords = (source: string): readonly string[] =>
  (source.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "").match(/\w+/g) ?? []).filter((word) => INTERNAL_NAMES.test(word));

test("no name of a frame, a text or the interface of the loader is shortened", async () => {
  for (const path of PUBLIC) assert.deepEqual(listWords(await read(path)), [], path);
});

test("no name in a stored value is shortened", async () => {
  for (const [path, names] of Object.entries(STORED)) {
    const source = await read(path);
    for (const name of names) {
      const [declaration = ""] = source.match(new RegExp(`interface ${name} \\{[^]*?\\n\\}`)) ?? [];
      assert.match(declaration, /readonly/);
      assert.deepEqual(listWords(declaration), [], name);
    }
  }
});

test("no name is a string, for example before `in`: esbuild shortens identifiers only", async () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  for await (const path of glob(["client/src/*.ts", "widget/src/**/*.ts"], { cwd: root })) {
    const { code } = await transform(await readFile(`${root}/${path}`, "utf8"), { loader: "ts", minifyWhitespace: true });
    const strings = code.match(/(?<=["'`])\w+(?=["'`])/g) ?? [];
    assert.deepEqual(strings.filter((text) => INTERNAL_NAMES.test(text)), [], path);
  }
});
