import assert from "node:assert/strict";
import { test } from "node:test";
import { type Options, readOptions } from "../src/options.ts";

function read(attributes: Readonly<Record<string, string>>): Options {
  const element = {
    getAttribute: (name: string) => attributes[name] ?? null,
    hasAttribute: (name: string) => name in attributes,
  };
  return readOptions(element as unknown as Element, "https://chat.example/files/widget.js");
}

test("without attributes, the API is beside the script and the bot is the default one", () => {
  assert.deepEqual(read({}), {
    bot: undefined,
    apiUrl: "https://chat.example/files/api",
    wsUrl: "wss://chat.example/files/ws",
    heading: undefined,
    logo: undefined,
    isInline: false,
    questions: [],
    sound: false,
    titleBadge: false,
  });
});

test("attributes name everything", () => {
  const attributes = {
    bot: " tea ",
    "api-url": "https://api.example/api",
    "ws-url": "wss://ws.example/ws",
    heading: "Tea",
    logo: "logo.png",
    inline: "",
    ask: "email, name unknown",
    sound: "",
    "title-badge": "",
  };

  assert.deepEqual(read(attributes), {
    bot: "tea",
    apiUrl: "https://api.example/api",
    wsUrl: "wss://ws.example/ws",
    heading: "Tea",
    logo: "logo.png",
    isInline: true,
    questions: ["name", "email"],
    sound: true,
    titleBadge: true,
  });
});
