/**
 * The demo and the README's first screen: what a newcomer sees first must be what happens.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { typed } from "./typed.ts";

test("the demo comes up, moves a group with reasons, and goes down; the README shows the events of it", async () => {
  const began = performance.now();
  const { code, out, err } = await typed("demo");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(out).toMatch(/Up ↑ +logger mounts shares addresses/);
  expect(out).toMatch(/PrimaryPeer: Peer1 → Peer2 \(\S*after\.conf:9\)/);
  expect(out).toMatch(/Down ↓ +addresses shares mounts logger/);

  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const shown = /```text\n([\s\S]*?)```/.exec(readme)?.[1]?.trimEnd();
  const demo = fileURLToPath(new URL("../../docs/demo/", import.meta.url));
  const plan = await typed(
    "plan",
    `${demo}before.conf`,
    `${demo}after.conf`,
    "--participants",
    `${demo}participants.mjs`,
  );
  expect(plan.out).toBe(shown);
});
