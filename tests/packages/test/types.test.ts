import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { APPS, type NewProject, createProject } from "./new-project.ts";

const LIB = { lib: ["ES2022", "DOM"], target: "ES2022", noEmit: true };
const RESOLUTIONS = {
  nodenext: { module: "nodenext", moduleResolution: "nodenext" },
  bundler: { module: "esnext", moduleResolution: "bundler" },
  node10: { module: "esnext", moduleResolution: "node10" },
};

describe("the types", () => {
  let project: NewProject;
  before(async () => {
    project = await createProject(APPS, ["ws", "@types/ws", "@types/node", "@types/react"]);
  });

  for (const [name, resolution] of Object.entries(RESOLUTIONS)) {
    test(`an app compiles in strict mode with module resolution ${name}`, async () => {
      assert.equal(await project.compile({ ...LIB, ...resolution }, ["app.ts", "react.ts"]), "");
    });
  }

  test("the other entries are found by resolvers that do not know `exports`", async () => {
    // `ai` is not installed here, so its types are `any`.
    assert.equal(await project.compile({ ...LIB, ...RESOLUTIONS.node10, skipLibCheck: true }, ["ai-sdk.ts"]), "");
  });

  test("an app in CommonJS compiles", async () => {
    await project.write("app.cts", 'import { ConversationsClient } from "@general-bots/conversations-client";\nexport = ConversationsClient;\n');

    assert.equal(await project.compile({ ...LIB, ...RESOLUTIONS.nodenext }, ["app.cts"]), "");
  });
});
