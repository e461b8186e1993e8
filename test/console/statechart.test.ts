/** The statechart that the console shows is the machine's. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { lifecycleMachine } from "../../machines/lifecycle.ts";
import { statechartSvg } from "./statechart-drawing.ts";

const FILE = new URL("../../src/console/statechart.svg", import.meta.url);

test("the drawing is the machine's", async () => {
  const drawn = await statechartSvg(lifecycleMachine);
  if (process.env["UPDATE"] !== undefined) writeFileSync(FILE, drawn);
  expect(readFileSync(FILE, "utf8"), "run UPDATE=1 npx vitest run test/console/statechart.test.ts to draw it").toBe(
    drawn,
  );
});

test("every state has its place in it, and each arrow says by which events", async () => {
  const drawn = await statechartSvg(lifecycleMachine);
  for (const state of ["down", "signaling.running", "signaling.paused", "finishing.running", "up", "failed"])
    expect(drawn).toContain(`data-state="${state}"`);
  expect(drawn).toMatch(/data-from="signaling" data-to="failed">.*>step failed</);
  expect(drawn).toMatch(/data-from="failed" data-to="signaling">.*>retry<.*>skip</);
  // It is shown under a strict content security policy.
  expect(drawn).not.toMatch(/style=|<style|<script|\son\w+=/);
});
