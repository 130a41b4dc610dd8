import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { APPS, CLIENT, type NewProject, createProject } from "./new-project.ts";

const LIB = { lib: ["ES2022", "DOM"], target: "ES2022", noEmit: true };
const RESOLUTIONS = {
  nodenext: { module: "nodenext", moduleResolution: "nodenext" },
  bundler: { module: "esnext", moduleResolution: "bundler" },
  node10: { module: "esnext", moduleResolution: "node10" },
};

const PAGES = ["README.md", "../../docs/client.md"];
/** What the blocks of the pages have from their app. */
const FROM_THE_APP = `
declare const client: import("@general-bots/conversations-client").ConversationsClient;
declare const root: { render(node: import("react").ReactNode): void };
declare function createRoot(element: unknown): typeof root;
declare module "@ai-sdk/react" { export function useChat(options: object): any; }
`;

/** Read the React code of a page, a block after the other. */
async function readReactBlocks(page: string): Promise<string[]> {
  const text = await readFile(join(CLIENT, page), "utf-8");
  return [...text.matchAll(/^```jsx\n(.*?)^```$/gms)].map(([, code]) => code ?? "");
}

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

  test("the React code of the pages compiles", async () => {
    const blocks = (await Promise.all(PAGES.map(readReactBlocks))).flat();
    assert.equal(blocks.length, 3);
    const files = ["app.d.ts", ...blocks.map((_, index) => `block-${index}.jsx`)];
    await project.write("app.d.ts", FROM_THE_APP);
    for (const [index, code] of blocks.entries()) await project.write(`block-${index}.jsx`, code);

    const options = { allowJs: true, checkJs: true, jsx: "react-jsx", noImplicitAny: false, skipLibCheck: true };
    assert.equal(await project.compile({ ...LIB, ...RESOLUTIONS.bundler, ...options }, files), "");
  });
});
