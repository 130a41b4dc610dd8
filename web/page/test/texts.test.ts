import assert from "node:assert/strict";
import { test } from "node:test";
import { texts as ar } from "../src/texts/ar.ts";
import { texts as de } from "../src/texts/de.ts";
import { en } from "../src/texts/en.ts";
import { texts as es } from "../src/texts/es.ts";
import { texts as pt } from "../src/texts/pt.ts";

test("texts with a value contain it in each language", () => {
  for (const texts of [en, pt, es, de, ar]) {
    assert.match(texts.actionsOf("Tea"), /Tea/);
    assert.match(texts.signedInAs("ada"), /ada/);
    assert.match(texts.visitorHint(30), /30/);
    assert.match(texts.rateLimitedFor(7), /7/);
  }
});

test("no text is left in English", () => {
  // The same word in both languages.
  const same = ["Menu", "Undo"];
  for (const texts of [pt, es, de, ar]) {
    for (const [name, text] of Object.entries(texts)) {
      if (typeof text === "string" && !same.includes(text)) assert.notEqual(text, en[name as keyof typeof en], name);
    }
  }
});
