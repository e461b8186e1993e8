/**
 * Actors as the console shows them, folded from what a real lifecycle tells an inspector.
 */
import { expect, test } from "vitest";
import { type Actors, afterMessage, isEarlier, within } from "../../src/console/actors.ts";
import { createTransitions } from "../../src/effects/transitions.ts";
import { clusterConf, Recording } from "../inspect/viewing.ts";

function outline(actors: Actors, parent: string | undefined, depth = 0): string[] {
  const level =
    parent === undefined ? [...actors.values()].filter((each) => each.parent === undefined) : within(actors, parent);
  return level.flatMap((actor) => {
    const { name, state, tone, headway, heard } = actor;
    const told = headway === undefined ? "" : ` ${headway.told}/${headway.total}`;
    const line = `${"  ".repeat(depth)}${name}: ${state} (${tone})${told}${heard === undefined ? "" : ` < ${heard.event}`}`;
    return isEarlier(actors, actor) ? [line] : [line, ...outline(actors, actor.id, depth + 1)];
  });
}

test("the latest transition with its phases, the participants, and what was before, each with what it heard last", async () => {
  const recording = new Recording();
  const t = createTransitions({ inspect: recording.inspect, streamId: "s" });
  t.register("mounts", {
    serveVolume: () => {},
    unserveVolume: () => {
      throw new Error("it is busy");
    },
  });
  await t.up(clusterConf("Peer0"));
  await t.signaled(clusterConf("Peer1")).catch(() => {});
  let actors: Actors = new Map();
  for (const message of recording.messages) actors = afterMessage(actors, message as never);
  expect(outline(actors, undefined)).toMatchInlineSnapshot(`
    [
      "lifecycle: failed (bad) < STEP_FAILED",
      "  signaled s.2: held (bad) 0/2 < TransitionHeld",
      "    UnserveVolume ↓: failed (bad) 0/2 < StepFailed",
      "  logger: quiesced (wait)",
      "  mounts: quiesced, failed (bad) 0/2 < UnserveVolume",
      "  up s.1: finished (good) 3/3 < TransitionFinished",
    ]
  `);
  await t.close();
});
