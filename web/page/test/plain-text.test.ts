import assert from "node:assert/strict";
import { test } from "node:test";
import { toPlainText } from "../src/plain-text.ts";

test("the marks of Markdown are removed", () => {
  const cases = {
    "We have **two** *green* teas, `Sencha` and ~~Assam~~.": "We have two green teas, Sencha and Assam.",
    "# Teas\n\n- Sencha\n- Gunpowder": "Teas Sencha Gunpowder",
    "More in [our shop](https://shop.example/).": "More in our shop.",
    "Teas:\n\n| Tea | 100 g |\n|---|---|\n| Sencha | $7 |": "Teas: Tea, 100 g Sencha, $7",
  };
  for (const [text, plain] of Object.entries(cases)) assert.equal(toPlainText(text), plain);
});

test("what is no Markdown stays", () => {
  for (const text of ["snake_case_name and 5*3=15, or 2*4", "a | b", "-1 degree", "[plain brackets]", "#1 of 3"]) {
    assert.equal(toPlainText(text), text);
  }
});
