/**
 * A reload as an inspector sees it, through the relay and Stately's own receiver; and the same again from the journal.
 */
import { createInspector, type StatelyInspectionEvent } from "@statelyai/inspect";
import { afterEach, expect, test } from "vitest";
import { createTransitions, type Transitions } from "../../src/effects/transitions.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { type InspectRelay, startInspectRelay } from "../../src/relay/inspect-relay.ts";
import { playJournal } from "../../src/relay/journal-playback.ts";
import { clusterConf, Recording, received } from "./viewing.ts";

const relays: InspectRelay[] = [];
afterEach(async () => {
  for (const relay of relays.splice(0)) await relay.close();
});

function withParticipants(t: Transitions): Transitions {
  t.register("mounts", { up() {}, serveVolume() {}, unserveVolume() {} });
  t.register("addresses", { signaledStart() {}, volumeGroupMoved() {}, signaledFinish() {} }, { after: ["mounts"] });
  return t;
}

test("Stately's receiver sees a reload as actors and events that a person understands", async () => {
  const relay = await startInspectRelay();
  relays.push(relay);
  const t = withParticipants(createTransitions({ streamId: "s", inspect: relay.inspect }));
  await t.up(clusterConf("Peer0"));
  const seen = received(relay.address);
  // Who comes late is told first what there is.
  await seen.tells("has SignaledFinish ↑");
  expect(seen.story()).toEqual([
    "(nobody) has lifecycle",
    "lifecycle has logger",
    "lifecycle has mounts",
    "lifecycle has addresses",
    "lifecycle has up s.1",
    "up s.1 has Up ↑",
    "up s.1 has ServeVolume ↑",
    "up s.1 has SignaledFinish ↑",
  ]);
  expect(seen.latest("lifecycle")).toMatchObject({ status: "active", value: "up" });
  expect(seen.latest("up s.1")).toMatchObject({ status: "done", value: "finished" });
  const before = seen.story().length;

  const moved = clusterConf("Peer1");
  const hash = moved.hash.slice(0, 12);
  await t.signaled(moved, { cause: { how: "operator", who: "ada", reason: "a move" } });
  await seen.tells("TransitionFinished");
  await seen.tells('PHASE_FINISHED {"phase":3');
  expect(seen.story().slice(before)).toEqual([
    `(nobody) → lifecycle: SIGNALED {"transitionId":"s.2","confMap":"ConfMap ${hash}","target":"2 groups (1 served by Peer0), 2 peers","planFollows":true}`,
    "lifecycle has signaled s.2",
    'lifecycle → signaled s.2: TransitionStarted {"how":"operator","who":"ada","reason":"a move"}',
    '(nobody) → lifecycle: PLANNED {"plan":{"command":"signaled","order":"documented","phases":["SignaledStart ↓, 1 step","UnserveVolume ↓, 2 steps","VolumeGroupMoved ↑, 1 step","SignaledFinish ↑, 1 step"]}}',
    "signaled s.2 has SignaledStart ↓",
    "signaled s.2 has UnserveVolume ↓",
    "signaled s.2 has VolumeGroupMoved ↑",
    "signaled s.2 has SignaledFinish ↑",
    'lifecycle → signaled s.2: PlanMade {"phases":["SignaledStart ↓, 1 step","UnserveVolume ↓, 2 steps","VolumeGroupMoved ↑, 1 step","SignaledFinish ↑, 1 step"]}',
    '(nobody) → lifecycle: PHASE_FINISHED {"phase":0,"attempt":4}',
    "signaled s.2 → SignaledStart ↓: phaseStarted",
    'SignaledStart ↓ → addresses: SignaledStart {"steps":1}',
    'addresses → SignaledStart ↓: StepsApplied {"steps":1}',
    "SignaledStart ↓ → signaled s.2: phaseFinished",
    '(nobody) → lifecycle: PHASE_FINISHED {"phase":1,"attempt":4}',
    "signaled s.2 → UnserveVolume ↓: phaseStarted",
    'UnserveVolume ↓ → mounts: UnserveVolume {"steps":2,"subjects":["music","films"]}',
    'mounts → UnserveVolume ↓: StepsApplied {"steps":2}',
    "UnserveVolume ↓ → signaled s.2: phaseFinished",
    '(nobody) → lifecycle: PHASE_FINISHED {"phase":2,"attempt":4}',
    "signaled s.2 → VolumeGroupMoved ↑: phaseStarted",
    'VolumeGroupMoved ↑ → addresses: VolumeGroupMoved {"steps":1,"subjects":["media"]}',
    'addresses → VolumeGroupMoved ↑: StepsApplied {"steps":1}',
    "VolumeGroupMoved ↑ → signaled s.2: phaseFinished",
    '(nobody) → lifecycle: PHASE_FINISHED {"phase":3,"attempt":4}',
    "signaled s.2 → SignaledFinish ↑: phaseStarted",
    'SignaledFinish ↑ → addresses: SignaledFinish {"steps":1}',
    'addresses → SignaledFinish ↑: StepsApplied {"steps":1}',
    "SignaledFinish ↑ → signaled s.2: phaseFinished",
    'lifecycle → signaled s.2: TransitionFinished {"outcome":"finished"}',
    '(nobody) → lifecycle: PHASE_FINISHED {"phase":4,"attempt":4}',
  ]);
  expect(seen.latest("signaled s.2").context).toMatchObject({
    changes: ["[VolumeGroup:media] PrimaryPeer: Peer0 → Peer1"],
    told: 5,
    total: 5,
    outcome: "finished",
  });
  expect(seen.latest("addresses")).toMatchObject({ value: { up: "idle" }, context: { told: 3, total: 3, failed: 0 } });
  await t.close();
});

test("a failure is seen where it happened, and going on from it", async () => {
  const seen = new Recording();
  const t = createTransitions({ streamId: "s", inspect: seen.inspect });
  let full = true;
  t.register("mounts", {
    serveVolume({ volumeName }) {
      if (full && volumeName === "music") throw new Error("no room");
    },
  });
  await t.up(clusterConf("Peer0")).catch(() => {});
  expect(seen.latest("lifecycle")).toMatchObject({ value: "failed" });
  expect(seen.latest("up s.1")).toMatchObject({ value: "held", context: { told: 1, total: 3, failed: 1 } });
  expect(seen.latest("ServeVolume ↑")).toMatchObject({
    value: "failed",
    context: { participants: { mounts: "1 of 3" } },
  });
  const failure = { code: "CALLBACK_FAILED", message: expect.stringContaining("no room"), inDoubt: false, attempts: 1 };
  expect(seen.latest("mounts")).toMatchObject({ value: { quiesced: "failed" }, context: { failure } });

  full = false;
  const before = seen.story().length;
  await t.retry({ cause: { how: "operator", reason: "made room" } });
  expect(seen.story().slice(before)).toEqual([
    "(nobody) → lifecycle: RETRY",
    'lifecycle → up s.1: TransitionResumed {"how":"operator","reason":"made room"}',
    'ServeVolume ↑ → mounts: ServeVolume {"steps":2,"subjects":["music","nightly"]}',
    'mounts → ServeVolume ↑: StepsApplied {"steps":3}',
    "ServeVolume ↑ → up s.1: phaseFinished",
    'lifecycle → up s.1: TransitionFinished {"outcome":"finished"}',
    '(nobody) → lifecycle: PHASE_FINISHED {"phase":3,"attempt":3}',
    '(nobody) → lifecycle: PHASE_FINISHED {"phase":4,"attempt":3}',
  ]);
  await t.close();
});

test("recorded history looks as it looked when it happened", async () => {
  const journal = memoryJournal({ retain: Number.POSITIVE_INFINITY });
  const live = new Recording();
  let healthy = true;
  for (const [first, second] of [
    ["Peer0", "Peer1"],
    ["Peer1", "Peer0"],
  ] as const) {
    const t = withParticipants(createTransitions({ journal, takeover: true, inspect: live.inspect }));
    t.register("flaky", {
      volumeGroupMoved() {
        if (!healthy) throw new Error("not now");
      },
    });
    await t.up(clusterConf(first));
    healthy = false;
    await t.signaled(clusterConf(second)).catch(() => {});
    healthy = true;
    await t.rollback();
    await t.unregister("flaky");
    // The process dies here: nothing is told of its end.
  }
  const replayed = new Recording();
  const facts = await playJournal(journal, { inspect: replayed.inspect, speed: 1_000_000 });
  expect(facts).toBe(await journal.version());
  expect(replayed.story().length).toBeGreaterThan(150);
  // A live machine is told its participants when it begins, which a replay learns from the facts.
  const story = (recording: Recording) => recording.story().filter((line) => !line.includes("xstate.init"));
  // The second process of the live history is another instance, with actors of its own.
  const known = (line: string) => !/^lifecycle has (logger|mounts|addresses|flaky)$/.test(line);
  expect(story(replayed).filter(known)).toEqual(story(live).filter(known));
  expect(replayed.latest("mounts").value).toEqual({ up: "idle" });
});

test("Stately's own inspector, given to an instance, is told the same", async () => {
  const [own, statelys] = [new Recording(), new Recording()];
  const { inspect } = createInspector({
    url: "",
    start() {},
    stop() {},
    send: (event) => statelys.take(event as StatelyInspectionEvent),
  });
  for (const [recording, to] of [
    [own, own.inspect],
    [statelys, inspect],
  ] as const) {
    const t = withParticipants(createTransitions({ streamId: "s", inspect: to }));
    await t.up(clusterConf("Peer0"));
    await t.signaled(clusterConf("Peer1"));
    await t.down();
    await t.close();
    await recording.tells('PHASE_FINISHED {"phase":5,"attempt":6}');
  }
  expect(own.story().length).toBeGreaterThan(50);
  expect(statelys.story()).toEqual(own.story());
  expect(statelys.latest("signaled s.2")).toEqual(own.latest("signaled s.2"));
});
