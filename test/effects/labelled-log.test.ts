/** What a participant logs says whose it is, in its callbacks and in validate, and in callbacks to which transition it belongs. */
import { expect, test } from "vitest";
import { parseConf } from "../../src/conf/conf-text.ts";
import type { Log } from "../../src/effects/log.ts";
import { createTransitions } from "../../src/effects/transitions.ts";

test("a participant's lines carry its name, unless it says another, and the transition", async () => {
  const lines: unknown[] = [];
  const write = (fields: object, message: string): void => void lines.push({ ...fields, message });
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const t = createTransitions({ log, streamId: "s" });
  t.register(
    "mounts",
    {
      up(_event, context) {
        context.log.info({ n: 1 }, "up");
        context.logger.debug({ participant: "part" }, "up");
      },
    },
    { validate: (_next, _previous, context) => context.log.warn({}, "asked") },
  );
  await t.up(parseConf("[Cluster]\nWhoAmI = P\nPeers = P\n[FSGlobals]\nVolumeGroupList =\n"));
  await t.close();
  expect(lines).toEqual([
    { participant: "mounts", message: "asked" },
    { participant: "mounts", transitionId: "s.1", n: 1, message: "up" },
    { participant: "part", transitionId: "s.1", message: "up" },
  ]);
});
