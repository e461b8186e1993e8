/** Random stories for a user's participants: a sound one survives them, and each of a few common mistakes is found. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ParticipantCallbacks } from "../../src/effects/participant.ts";
import { type LifecycleRigOptions, lifecycleRig } from "../../src/testing/lifecycle-rig.ts";
import { type ModelCommandsOptions, modelCommands, runModelCommands } from "../../src/testing/model-commands.ts";
import type { Standing } from "../../src/testing/standing.ts";
import type { TopologyLike } from "../../src/testing/topology-like.ts";
import { runs } from "../runs.ts";

/** A mount table, which a user's participant keeps. `flaw` is what its author got wrong. */
type Flaw = "forgets to unmount" | "mounts twice on redelivery" | undefined;
interface Mounts {
  readonly table: Map<string, number>;
  readonly callbacks: ParticipantCallbacks;
}
function mounts(flaw?: Flaw, table = new Map<string, number>()): Mounts {
  const callbacks: ParticipantCallbacks = {
    serveVolume: async ({ volumeName }) => {
      await Promise.resolve();
      table.set(volumeName, flaw === "mounts twice on redelivery" ? (table.get(volumeName) ?? 0) + 1 : 1);
    },
    unserveVolume: ({ volumeName }, { confMap }) => {
      const stays =
        confMap.has("FSGlobals") &&
        flaw === "forgets to unmount" &&
        confMap.strings("FSGlobals", "VolumeGroupList").length > 2;
      if (!stays) table.delete(volumeName);
    },
  };
  return { table, callbacks };
}

function rigOf(flaw?: Flaw, durable = false): LifecycleRigOptions {
  const disk = new Map<string, number>();
  let current: Mounts;
  return {
    participants: () => {
      current = mounts(flaw, durable ? disk : new Map());
      return { cache: { callbacks: {} }, mounts: { callbacks: current.callbacks, options: { durable } } };
    },
    holds: (name, { served }: Standing) => {
      if (name === "mounts") expect([...current.table].sort()).toEqual([...served].sort().map((volume) => [volume, 1]));
    },
  };
}

/** How stories end on participants with this flaw: what fast-check found, or nothing. */
async function found(
  flaw: Flaw,
  { durable = false, seed = 11 } = {},
): Promise<{ readonly failed: boolean; readonly story: string }> {
  const story = fc.asyncProperty(modelCommands(), (commands) => runModelCommands(commands, rigOf(flaw, durable)));
  const result = await fc.check(story, { numRuns: flaw === undefined ? runs(150, 30) : 1000, seed });
  return { failed: result.failed, story: `${result.counterexample?.[0] ?? ""} ${result.errorInstance ?? ""}` };
}

describe("modelCommands", () => {
  it.each([false, true])("find nothing wrong with a sound participant (durable: %s)", async (durable) => {
    expect(await found(undefined, { durable })).toEqual({ failed: false, story: " " });
  });

  it("find a participant that forgets to unmount, and shrink the story", async () => {
    const { failed, story } = await found("forgets to unmount");
    expect(failed, story).toBe(true);
    expect(story.split("signaled").length).toBeLessThanOrEqual(3);
  });

  it("find a participant that does a redelivered step twice", async () => {
    const { failed, story } = await found("mounts twice on redelivery", { seed: 13 });
    expect(failed, story).toBe(true);
    expect(story).toMatch(/in doubt|crash/);
  });

  it("reach every state, with failures, crashes, recoveries and rollbacks", async () => {
    const outcomes = new Map<string, number>();
    const seen = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    await fc.assert(
      fc.asyncProperty(modelCommands(), async (commands) => {
        const rig = lifecycleRig(rigOf(undefined, true));
        const watched = {
          ...rig,
          get state() {
            return rig.state;
          },
          ask: async (...args: Parameters<typeof rig.ask>) => {
            const outcome = await rig.ask(...args);
            seen(`${args[0]} ${outcome}`);
            return outcome;
          },
          retry: async () => {
            const outcome = await rig.retry();
            seen(`retry ${outcome}`);
            return outcome;
          },
          rollback: async () => {
            const outcome = await rig.rollback();
            seen(`rollback ${outcome}`);
            return outcome;
          },
        };
        const conf: TopologyLike = { whoAmI: "Peer0", groups: [] };
        await fc.asyncModelRun(() => ({ model: { conf, state: "down" as const }, real: watched }), commands);
        await rig.close();
      }),
      { numRuns: 150, seed: 12 },
    );
    for (const command of ["up", "signaled", "down"]) {
      for (const outcome of ["finished", "CALLBACK_FAILED", "IN_DOUBT", "crashed"]) {
        expect(
          outcomes.get(`${command} ${outcome}`),
          `${command} ${outcome} of ${JSON.stringify([...outcomes])}`,
        ).toBeGreaterThan(0);
      }
    }
    expect(outcomes.get("retry finished")).toBeGreaterThan(0);
    expect(outcomes.get("rollback finished")).toBeGreaterThan(0);
  });
});

describe("a story", () => {
  /** What stories are made of, and what became of them. */
  async function played(options: ModelCommandsOptions, count = runs(60, 20)): Promise<readonly string[]> {
    const said: string[] = [];
    await fc.assert(
      fc.asyncProperty(modelCommands(options), async (commands) => {
        await runModelCommands(commands, rigOf());
        said.push(String(commands));
      }),
      { numRuns: count, seed: 13 },
    );
    return said;
  }

  it("has failures and crashes of the kinds that are wanted, and no others", async () => {
    const usual = (await played({})).join();
    for (const kind of ["crash(", '"throws"', '"in doubt"', "edit(", "write(", "retry", "rollback"])
      expect(usual).toContain(kind);
    expect(usual).toMatch(/fail\(participant [1-7]/);
    const calm = (await played({ faults: [], crashes: false })).join();
    expect(calm).toContain("signaled");
    expect(calm).not.toMatch(/crash\(|fail\(/);
    const throwing = (await played({ faults: ["throws"] })).join();
    expect(throwing).toContain('"throws"');
    expect(throwing).not.toContain('"in doubt"');
  });

  it("is as long as is wanted, and uses the peers that are given", async () => {
    const lengths = (await played({ commands: 3 })).map((story) => story.split("),").length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(3);
    expect((await played({ peers: ["Peer0", "Elsewhere"] })).join()).toContain('"activePeer":"Elsewhere"');
  });

  it("is told again by its replay path", async () => {
    const property = (replayPath?: string) =>
      fc.asyncProperty(modelCommands({ replayPath }), (commands) =>
        runModelCommands(commands, rigOf("forgets to unmount")),
      );
    const first = await fc.check(property(), { seed: 11, numRuns: 1000 });
    const replayPath = /replayPath="([^"]+)"/.exec(String(first.counterexample?.[0]))?.[1];
    expect(replayPath).toBeDefined();
    const again = await fc.check(property(replayPath), {
      seed: first.seed,
      path: first.counterexamplePath ?? "",
      endOnFailure: true,
    });
    expect(again.numRuns).toBe(1);
    expect(String(again.counterexample?.[0])).toBe(String(first.counterexample?.[0]));
  });

  it("asks for nothing that the service would refuse where it is", async () => {
    const refused: string[] = [];
    await fc.assert(
      fc.asyncProperty(modelCommands(), async (commands) => {
        const rig = lifecycleRig(rigOf());
        const noting =
          <Args extends readonly unknown[]>(act: (...args: Args) => Promise<string>) =>
          async (...args: Args) => {
            const outcome = await act(...args);
            if (["ALREADY_UP", "NOT_UP", "NOTHING_HELD"].includes(outcome)) refused.push(`${args[0]} ${outcome}`);
            return outcome;
          };
        const real = {
          ...rig,
          get state() {
            return rig.state;
          },
          ask: noting(rig.ask),
          retry: noting(rig.retry),
          rollback: noting(rig.rollback),
        };
        const conf: TopologyLike = { whoAmI: "Peer0", groups: [] };
        await fc.asyncModelRun(() => ({ model: { conf, state: "down" as const }, real }), commands);
        await rig.close();
      }),
      { numRuns: runs(60, 20), seed: 14 },
    );
    expect(refused).toEqual([]);
  });
});

describe("lifecycleRig", () => {
  const here: TopologyLike = {
    whoAmI: "Peer0",
    groups: [{ name: "G", activePeer: "Peer0", virtualIPAddr: "", volumes: ["A", "B"] }],
  };

  it("goes on after a crash with a new process, in which the volatile have forgotten and the durable have not", async () => {
    for (const durable of [false, true]) {
      const made: string[][] = [];
      const disk = new Map<string, number>();
      const rig = lifecycleRig({
        participants: () => {
          const serves: string[] = [];
          made.push(serves);
          const serveVolume = ({ volumeName }: { readonly volumeName: string }): void => {
            serves.push(volumeName);
            disk.set(volumeName, 1);
          };
          return { mounts: { callbacks: { serveVolume }, options: { durable } } };
        },
      });
      expect(await rig.ask("up", here)).toBe("finished");
      rig.crash({ calls: 1, when: "after" });
      expect(await rig.ask("signaled", here)).toBe("crashed");
      expect(rig.state).toBe("crashed");
      expect(await rig.ask("up", here)).toBe("finished");
      expect(made).toEqual([["A", "B"], durable ? [] : ["A", "B"]]);
      await rig.close();
    }
  });

  it("crashes at the very call, before or after it takes effect, and lets nothing happen from then on", async () => {
    // Two at once: the second is called though the first never answers.
    for (const [when, concurrency, effect] of [
      ["before", 2, []],
      ["after", 1, ["A"]],
    ] as const) {
      const served: string[] = [];
      const callbacks = {
        serveVolume: ({ volumeName }: { readonly volumeName: string }) => void served.push(volumeName),
      };
      const options = { concurrency };
      const rig = lifecycleRig({ participants: () => ({ mounts: { callbacks, options } }) });
      // Up, VolumeGroupCreated and VolumeCreated twice come before the first ServeVolume.
      rig.crash({ calls: 4, when });
      expect(await rig.ask("up", here)).toBe("crashed");
      await new Promise((resolve) => setImmediate(resolve));
      expect(served).toEqual(effect);
      await rig.close();
    }
  });

  it("is held by a failure, and goes on by retry, rollback or another reload", async () => {
    for (const way of ["retry", "rollback", "signaled"] as const) {
      const { table, callbacks } = mounts();
      const rig = lifecycleRig({ participants: () => ({ mounts: { callbacks } }) });
      await rig.ask("up", { ...here, groups: [] });
      rig.fail(0, { callback: "ServeVolume", subject: "B", how: "throws" });
      expect([await rig.ask("signaled", here), rig.state]).toEqual(["CALLBACK_FAILED", "held"]);
      expect(await (way === "signaled" ? rig.ask("signaled", here) : rig[way]())).toMatch(/finished|unchanged/);
      expect([...table.keys()]).toEqual(way === "rollback" ? [] : ["A", "B"]);
      await rig.close();
    }
  });

  it("asks the test's own question, and passes its answer on", async () => {
    const rig = lifecycleRig({
      participants: () => ({ mounts: { callbacks: {} } }),
      holds: (name, { served }) => {
        throw new Error(`${name} should serve ${[...served]}`);
      },
    });
    await expect(rig.ask("up", here)).rejects.toThrow("mounts should serve A,B");
    await rig.close();
  });

  it.each([
    // A participant that says nothing happened, though it did, makes the service do what the contract forbids.
    [
      "ServeVolume",
      "nothing-lost: UnserveVolume B for mounts is missing.",
      "mounts: VolumeDestroyed B: the volume is served.",
    ],
    [
      "VolumeCreated",
      "nothing-lost: VolumeDestroyed B for mounts is missing.",
      "mounts: Not where the topology says: volume B is known.",
    ],
  ] as const)(
    "tells by the laws and by the strict participant what a lie at %s has led to",
    async (callback, ...said) => {
      const groups = (...volumes: string[]): TopologyLike => ({
        whoAmI: "Peer0",
        groups: [{ name: "G", activePeer: "Peer0", virtualIPAddr: "", volumes }],
      });
      const rig = lifecycleRig({ participants: () => ({ mounts: { callbacks: {} } }) });
      await rig.ask("up", groups("A"));
      rig.fail(0, { callback, subject: "B", how: "lies" });
      expect(await rig.ask("signaled", groups("A", "B"))).toBe("CALLBACK_FAILED");
      const told = await rig.rollback().catch((error: Error) => error.message);
      for (const line of said) expect(`\n${told}\n`).toContain(`\n${line}\n`);
      await rig.close();
    },
  );
});
