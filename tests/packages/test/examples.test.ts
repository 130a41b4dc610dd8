import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { EXAMPLES, type NewProject, PACKAGES, createProject } from "./new-project.ts";

type Versions = Readonly<Record<string, string>>;

const CLIENT = "@general-bots/conversations-client";
const installed: Versions = readManifest(PACKAGES).devDependencies;
const names = readdirSync(EXAMPLES, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

function readManifest(folder: string): { readonly dependencies?: Versions; readonly devDependencies: Versions } {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

function listPackages(name: string): Versions {
  const { [CLIENT]: client, ...others } = { ...readManifest(join(EXAMPLES, name)).dependencies };
  assert.equal(client, "file:../../client");
  return { ...others, ...readManifest(join(EXAMPLES, name)).devDependencies };
}

const findMajor = (range: string | undefined): string | undefined => range?.match(/\d+/)?.[0];

async function createExample(name: string): Promise<NewProject> {
  return createProject(join(EXAMPLES, name), Object.keys(listPackages(name)));
}

describe("the examples", () => {
  test("are those of docs/client.md", () => {
    assert.deepEqual(names.toSorted(), ["plain", "react", "vue"]);
  });

  for (const name of names) {
    test(`${name} names the major versions that are tested`, () => {
      for (const [dependency, range] of Object.entries(listPackages(name))) {
        assert.equal(findMajor(range), findMajor(installed[dependency]), dependency);
      }
    });

    test(`${name} compiles and is built with the packed client`, async () => {
      const project = await createExample(name);
      if (project.has("tsconfig.json")) assert.equal(await project.compileAll(), "");
      assert.match(await project.build(), /dist\/index\.html/);
    });
  }
});
