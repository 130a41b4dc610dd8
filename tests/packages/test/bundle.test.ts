import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { APPS, createProject } from "./new-project.ts";

/** What the client may add to an app, minified, with what Vite adds to load uploads later. */
const MAX_BYTES = 39_500;
const MAX_GZIPPED_BYTES = 13_000;

test("an app with the client only is small", async (t) => {
  const project = await createProject(APPS, []);
  await project.write("index.html", '<script type="module" src="main.js"></script>');
  await project.write(
    "main.js",
    'import { ConversationsClient } from "@general-bots/conversations-client";\n' +
      'new ConversationsClient({ apiUrl: "/api", wsUrl: "/ws" }).connect();\n',
  );
  await project.build();

  const assets = join(project.folder, "dist/assets");
  const files = await readdir(assets);
  // Uploads are loaded when they are needed.
  const [script, ...others] = files.filter((name) => !name.startsWith("upload-"));
  const code = await readFile(join(assets, String(script)));
  t.diagnostic(`${code.length} bytes, ${gzipSync(code).length} gzipped`);
  assert.deepEqual(others, []);
  assert.equal(files.length, 2);
  assert.ok(code.length <= MAX_BYTES, `${code.length} bytes`);
  assert.ok(gzipSync(code).length <= MAX_GZIPPED_BYTES, `${gzipSync(code).length} bytes`);
});
