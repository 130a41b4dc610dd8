import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CLIENT, packed } from "./new-project.ts";

const manifest = JSON.parse(readFileSync(join(CLIENT, "package.json"), "utf8"));
const paths = packed.files.map(({ path }) => path);

test("the package contains the compiled modules with their types, and what npm shows", () => {
  const others = paths.filter((path) => !/^dist\/[a-z-]+\.(js|d\.ts)$/.test(path));

  assert.deepEqual(others.toSorted(), ["LICENSE", "README.md", "package.json"]);
  for (const path of paths.filter((path) => path.endsWith(".js"))) assert.ok(paths.includes(path.replace(/js$/, "d.ts")), path);
});

test("the package contains every file that its entries name", () => {
  const targets = Object.values<string | Record<string, string>>(manifest.exports).flatMap((target) =>
    typeof target === "string" ? [target] : Object.values(target),
  );
  const types = Object.values<string[]>(manifest.typesVersions["*"]).flat();

  for (const target of [...targets, ...types, manifest.main, manifest.types]) {
    assert.ok(paths.includes(target.replace("./", "")), target);
  }
});

test("each entry has types for resolvers that do not know `exports`", () => {
  const entries = Object.keys(manifest.exports).filter((name) => name !== "." && name !== "./package.json");

  assert.deepEqual(Object.keys(manifest.typesVersions["*"]), entries.map((name) => name.replace("./", "")));
});

test("the package can be published, under the licence of the project", () => {
  assert.equal(manifest.private, undefined);
  assert.equal(manifest.publishConfig.access, "public");
  assert.equal(manifest.dependencies, undefined);
  for (const name of Object.keys(manifest.peerDependencies)) assert.ok(manifest.peerDependenciesMeta[name].optional, name);
  assert.equal(readFileSync(join(CLIENT, "LICENSE"), "utf8"), readFileSync(join(CLIENT, "../../LICENSE"), "utf8"));
});

test("the README has no relative links, which lead nowhere on the page of a registry", () => {
  const readme = readFileSync(join(CLIENT, "README.md"), "utf8");

  assert.deepEqual(readme.match(/\]\((?!https?:)[^)]*\)/g), null);
});
