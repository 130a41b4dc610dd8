import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLink } from "../src/app/links.ts";

test("http, https and mailto are links", () => {
  assert.equal(parseLink("https://shop.example/teas?x=1#y"), "https://shop.example/teas?x=1#y");
  assert.equal(parseLink("http://shop.example"), "http://shop.example/");
  assert.equal(parseLink(" mailto:tea@shop.example "), "mailto:tea@shop.example");
});

test("all others are not", () => {
  const targets = [
    "javascript:alert(1)",
    " JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "\u0001javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "blob:https://shop.example/1",
    "file:///etc/passwd",
    "//evil.example",
    "/relative",
    "relative",
    "#hash",
    "",
    "https://",
  ];
  for (const target of targets) assert.equal(parseLink(target), null, target);
});
