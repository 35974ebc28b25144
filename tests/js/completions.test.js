import assert from "node:assert/strict";
import test from "node:test";

import { Completions } from "../../static/js/composer/completions.js";

const COMMANDS = ["#cR <room>", "#gR <room>", "#dR <room>", "#help", "#\\private<user> text", "##text"];
const names = { rooms: () => ["Chess", "Main", "Old chess"], people: () => ["ana", "bob", "Joana", "ana"] };
const completions = new Completions(COMMANDS.map((usage) => ({ usage, does: "…" })), names);

/** @param {string} text */
const replacements = (text) => completions.for(text)?.options.map((option) => option.text) ?? [];

test("commands are completed up to their first argument", () => {
  assert.deepEqual(replacements("#c"), ["#cR "]);
  assert.deepEqual(replacements("#pri"), ["#\\private<"]);
});

test("case and the backslash of a command are ignored", () => {
  assert.deepEqual(replacements("#HE"), ["#help"]);
  assert.deepEqual(replacements("#\\PRIV"), ["#\\private<"]);
});

test("a complete command offers nothing", () => {
  assert.equal(completions.for("#help"), null);
});

test("the escaped # is no command", () => {
  assert.equal(replacements("#").includes("##text"), false);
});

test("rooms that start with the text come before those that contain it", () => {
  const found = completions.for("#gR che");
  assert.deepEqual(found, {
    from: 4,
    options: [
      { text: "<Chess>", label: "Chess", does: "" },
      { text: "<Old chess>", label: "Old chess", does: "" },
    ],
  });
});

test("recipients are completed with or without the bracket", () => {
  assert.deepEqual(replacements("#private <b"), ["<bob> "]);
  assert.deepEqual(replacements("#\\private b"), ["<bob> "]);
});

test("mentions are completed anywhere in a text", () => {
  assert.deepEqual(completions.for("hello (@an")?.from, 7);
  assert.deepEqual(replacements("hello @an"), ["@ana ", "@Joana "]);
});

test("an address is no mention", () => {
  assert.equal(completions.for("ana@an"), null);
});

test("ordinary text has no completions", () => {
  assert.equal(completions.for("hello"), null);
  assert.equal(completions.for(""), null);
});

test("at most eight options are offered", () => {
  const rooms = () => Array.from({ length: 20 }, (_, index) => `room ${index}`);
  assert.equal(new Completions([], { rooms, people: () => [] }).for("#gR room")?.options.length, 8);
});
