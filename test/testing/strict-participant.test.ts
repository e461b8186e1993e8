/** What a participant may assume: each rule has an event that breaks it, and the sentence that is given for it. */
import { describe, expect, it } from "vitest";
import type { LifecycleEvent } from "../../src/plan/lifecycle-event.ts";
import { standingAt } from "../../src/testing/standing.ts";
import { type StrictParticipant, strictParticipant } from "../../src/testing/strict-participant.ts";
import { nothing, type TopologyLike } from "../../src/testing/topology-like.ts";

const up: LifecycleEvent = { type: "Up" };
const start: LifecycleEvent = { type: "SignaledStart" };
const finish: LifecycleEvent = { type: "SignaledFinish" };
const down: LifecycleEvent = { type: "Down" };
const group = (
  type: "VolumeGroupCreated" | "VolumeGroupMoved" | "VolumeGroupChanged",
  volumeGroupName: string,
  activePeer = "Peer0",
  virtualIPAddr = "",
): LifecycleEvent => ({ type, volumeGroupName, activePeer, virtualIPAddr });
const groupGone = (volumeGroupName: string): LifecycleEvent => ({ type: "VolumeGroupDestroyed", volumeGroupName });
const placed = (
  type: "VolumeCreated" | "VolumeMoved" | "VolumeChanged",
  volumeName: string,
  volumeGroupName = "G",
): LifecycleEvent => ({ type, volumeName, volumeGroupName });
const volume = (
  type: "VolumeDestroyed" | "ServeVolume" | "UnserveVolume" | "VolumeToBeUnserved",
  volumeName: string,
): LifecycleEvent => ({ type, volumeName });

/** Up and idle, with group G here that holds the served volume A, and group R at Peer1 that holds B. */
const upAndIdle = [
  up,
  group("VolumeGroupCreated", "G"),
  group("VolumeGroupCreated", "R", "Peer1"),
  placed("VolumeCreated", "A", "G"),
  placed("VolumeCreated", "B", "R"),
  volume("ServeVolume", "A"),
  finish,
];
const topology: TopologyLike = {
  whoAmI: "Peer0",
  groups: [
    { name: "G", activePeer: "Peer0", virtualIPAddr: "", volumes: ["A"] },
    { name: "R", activePeer: "Peer1", virtualIPAddr: "", volumes: ["B"] },
  ],
};

function told(...events: readonly LifecycleEvent[]): StrictParticipant {
  const participant = strictParticipant({ whoAmI: "Peer0" });
  for (const event of events) participant.apply(event);
  return participant;
}

/** Up and quiesced for a change. */
const signaled = [...upAndIdle, start];
const unserved = [...upAndIdle, volume("VolumeToBeUnserved", "A"), start, volume("UnserveVolume", "A")];

describe("strictParticipant accepts", () => {
  it.each<[string, readonly LifecycleEvent[]]>([
    ["an up", upAndIdle],
    ["a reload without changes", [...signaled, finish]],
    ["a notice before SignaledStart", [...upAndIdle, volume("VolumeToBeUnserved", "A"), start]],
    ["a notice after SignaledStart", [...signaled, volume("VolumeToBeUnserved", "A")]],
    [
      "a volume that moves between groups here, in documented order",
      [
        ...unserved,
        placed("VolumeMoved", "A", "R"),
        placed("VolumeMoved", "A", "G"),
        volume("ServeVolume", "A"),
        finish,
      ],
    ],
    ["a group that moves away", [...unserved, group("VolumeGroupMoved", "G", "Peer1"), finish]],
    [
      "created before unserved, as documented",
      [
        ...[...upAndIdle, volume("VolumeToBeUnserved", "A"), start, group("VolumeGroupCreated", "N")],
        ...[placed("VolumeCreated", "C", "N"), volume("UnserveVolume", "A"), volume("ServeVolume", "C")],
        ...[volume("VolumeDestroyed", "A"), groupGone("G"), finish],
      ],
    ],
    [
      "changed options of what is known",
      [...signaled, group("VolumeGroupChanged", "G"), placed("VolumeChanged", "A"), finish],
    ],
    [
      "the way down, and up again",
      [
        ...[
          ...unserved,
          volume("VolumeDestroyed", "B"),
          volume("VolumeDestroyed", "A"),
          groupGone("R"),
          groupGone("G"),
          down,
        ],
        ...upAndIdle,
      ],
    ],
    [
      "a group and a volume of one name",
      [up, group("VolumeGroupCreated", "X"), placed("VolumeCreated", "X", "X"), finish],
    ],
  ])("%s", (_what, events) => {
    expect(told(...events).complaints).toEqual([]);
  });
});

describe("strictParticipant complains of", () => {
  it.each<[string, readonly LifecycleEvent[], LifecycleEvent, string]>([
    ["a second Up", upAndIdle, up, "Up: it is up already."],
    ["anything before Up", [], start, "SignaledStart: it is not up."],
    [
      "a gate closed twice",
      signaled,
      start,
      "SignaledStart: its gate is closed already; closing it twice is a deadlock.",
    ],
    [
      "a gate closed after Up",
      [up],
      start,
      "SignaledStart: its gate is closed already; closing it twice is a deadlock.",
    ],
    ["a finish that nobody owes", upAndIdle, finish, "SignaledFinish: its gate is open, so requests may be running."],
    [
      "a change while the gate is open",
      upAndIdle,
      group("VolumeGroupCreated", "N"),
      "VolumeGroupCreated N: its gate is open, so requests may be running.",
    ],
    [
      "a group created twice",
      signaled,
      group("VolumeGroupCreated", "G"),
      "VolumeGroupCreated G: the group is known already.",
    ],
    ["a volume created twice", signaled, placed("VolumeCreated", "A"), "VolumeCreated A: the volume is known already."],
    [
      "a volume without its group",
      signaled,
      placed("VolumeCreated", "C", "N"),
      "VolumeCreated C: its group N is not known.",
    ],
    ["an unknown group moved", signaled, group("VolumeGroupMoved", "N"), "VolumeGroupMoved N: the group is not known."],
    [
      "a group moved to where it is",
      signaled,
      group("VolumeGroupMoved", "R", "Peer1"),
      "VolumeGroupMoved R: its active peer is Peer1 already.",
    ],
    [
      "a group moved with a served volume",
      signaled,
      group("VolumeGroupMoved", "G", "Peer1"),
      "VolumeGroupMoved G: A inside is still served.",
    ],
    ["an unknown group destroyed", signaled, groupGone("N"), "VolumeGroupDestroyed N: the group is not known."],
    ["a group destroyed with volumes inside", signaled, groupGone("R"), "VolumeGroupDestroyed R: B is still inside."],
    ["an unknown volume moved", signaled, placed("VolumeMoved", "C", "G"), "VolumeMoved C: the volume is not known."],
    [
      "a volume moved to no group",
      signaled,
      placed("VolumeMoved", "B", "N"),
      "VolumeMoved B: its new group N is not known.",
    ],
    [
      "a volume moved to where it is",
      signaled,
      placed("VolumeMoved", "B", "R"),
      "VolumeMoved B: it is in group R already.",
    ],
    ["a volume moved while served", signaled, placed("VolumeMoved", "A", "R"), "VolumeMoved A: the volume is served."],
    [
      "an unknown volume destroyed",
      signaled,
      volume("VolumeDestroyed", "C"),
      "VolumeDestroyed C: the volume is not known.",
    ],
    [
      "a volume destroyed while served",
      signaled,
      volume("VolumeDestroyed", "A"),
      "VolumeDestroyed A: the volume is served.",
    ],
    ["an unknown volume served", signaled, volume("ServeVolume", "C"), "ServeVolume C: the volume is not known."],
    ["a volume served twice", signaled, volume("ServeVolume", "A"), "ServeVolume A: the volume is served already."],
    [
      "a volume served in a remote group",
      signaled,
      volume("ServeVolume", "B"),
      "ServeVolume B: its group R has the active peer Peer1, and this is Peer0.",
    ],
    [
      "a notice for what is not served",
      upAndIdle,
      volume("VolumeToBeUnserved", "B"),
      "VolumeToBeUnserved B: the volume is not served.",
    ],
    [
      "a second notice",
      [...upAndIdle, volume("VolumeToBeUnserved", "A")],
      volume("VolumeToBeUnserved", "A"),
      "VolumeToBeUnserved A: it was announced already.",
    ],
    [
      "an unserve of what is not served",
      signaled,
      volume("UnserveVolume", "B"),
      "UnserveVolume B: the volume is not served.",
    ],
    [
      "an unserve without notice",
      signaled,
      volume("UnserveVolume", "A"),
      "UnserveVolume A: it was not announced by VolumeToBeUnserved.",
    ],
    [
      "a notice that nothing followed",
      [...upAndIdle, volume("VolumeToBeUnserved", "A"), start],
      finish,
      "SignaledFinish: A was announced to be unserved and never was.",
    ],
    [
      "an unknown group changed",
      signaled,
      group("VolumeGroupChanged", "N"),
      "VolumeGroupChanged N: the group is not known.",
    ],
    [
      "a group changed with another active peer",
      signaled,
      group("VolumeGroupChanged", "G", "Peer1"),
      "VolumeGroupChanged G: its active peer was told to be Peer0.",
    ],
    ["an unknown volume changed", signaled, placed("VolumeChanged", "C"), "VolumeChanged C: the volume is not known."],
    [
      "a volume changed in another group",
      signaled,
      placed("VolumeChanged", "A", "R"),
      "VolumeChanged A: it was told to be in group G, not R.",
    ],
    [
      "a volume changed beside its Moved",
      [...signaled, placed("VolumeMoved", "B", "G")],
      placed("VolumeChanged", "B", "G"),
      "VolumeChanged B: Changed comes never beside Created, Moved or Serve of the same subject in one transition.",
    ],
    [
      "a volume served beside its Changed",
      [...unserved, placed("VolumeChanged", "A")],
      volume("ServeVolume", "A"),
      "ServeVolume A: Changed comes never beside Created, Moved or Serve of the same subject in one transition.",
    ],
    [
      "a volume changed beside its Serve",
      [...unserved, volume("ServeVolume", "A")],
      placed("VolumeChanged", "A"),
      "VolumeChanged A: Changed comes never beside Created, Moved or Serve of the same subject in one transition.",
    ],
    [
      "a group changed beside its Created",
      [...signaled, group("VolumeGroupCreated", "N")],
      group("VolumeGroupChanged", "N"),
      "VolumeGroupChanged N: Changed comes never beside Created, Moved or Serve of the same subject in one transition.",
    ],
    ["Down with the gate open", [up, finish], down, "Down: its gate is open, so requests may be running."],
    ["Down while something is served", signaled, down, "Down: A is still served."],
    ["Down with volumes left", unserved, down, "Down: volume A (and 1 more) was never destroyed."],
    ["Down with groups left", [up, group("VolumeGroupCreated", "G")], down, "Down: group G was never destroyed."],
  ])("%s", (_what, before, event, complaint) => {
    const participant = told(...before);
    expect(participant.complaints).toEqual([]);
    expect(participant.apply(event)).toBe(complaint);
    expect(participant.complaints).toEqual([complaint]);
  });

  it("nothing about peers when it was not told who it is", () => {
    const participant = strictParticipant();
    for (const event of [...signaled, volume("ServeVolume", "B")]) participant.apply(event);
    expect(participant.complaints).toEqual([]);
  });

  it("one fault once: the event counts, so what follows from it is fine", () => {
    const volumeOfUnknownGroup = told(...signaled, placed("VolumeCreated", "C", "N"), volume("VolumeDestroyed", "C"));
    expect(volumeOfUnknownGroup.complaints.length).toBe(1);
    const destroyedWhileServed = told(
      ...signaled,
      volume("VolumeToBeUnserved", "A"),
      volume("VolumeDestroyed", "A"),
      finish,
    );
    expect(destroyedWhileServed.complaints.length).toBe(1);
    expect(destroyedWhileServed.standing).toMatchObject({ served: new Set(), noticed: new Set() });
    const neverUnserved = told(...upAndIdle, volume("VolumeToBeUnserved", "A"), start, finish, start, finish);
    expect(neverUnserved.complaints.length).toBe(1);
    const wentDownServing = told(...upAndIdle, volume("VolumeToBeUnserved", "A"), start, down);
    expect(wentDownServing.complaints.length).toBe(1);
    expect(wentDownServing.endsAt(undefined)).toBeUndefined();
    expect(wentDownServing.standing.quiesced).toBe(false);
  });
});

describe("transitions", () => {
  it("end with SignaledFinish or Down where nothing names them", () => {
    const moved = [...signaled, placed("VolumeMoved", "B", "G")];
    expect(told(...moved, finish, start).apply(placed("VolumeChanged", "B", "G"))).toBeUndefined();
    const created = [group("VolumeGroupCreated", "G"), placed("VolumeCreated", "A")];
    const again = told(up, ...created, volume("VolumeDestroyed", "A"), groupGone("G"), down, up, ...created);
    expect(again.apply(placed("VolumeChanged", "A"))).toContain("never beside");
  });

  it("are told apart by their name: Changed may follow a Created of an earlier one that failed", () => {
    const participant = told(...upAndIdle);
    participant.apply(start, "t2");
    participant.apply(placed("VolumeMoved", "B", "G"), "t2");
    expect(participant.fork().apply(placed("VolumeChanged", "B", "G"), "t2")).toContain("never beside");
    expect(participant.apply(placed("VolumeChanged", "B", "G"), "t3")).toBeUndefined();
  });

  it("take their name from the idempotency key", () => {
    const participant = told(...upAndIdle);
    participant.deliver(start, "a/b.2/fs/SignaledStart");
    participant.deliver(placed("VolumeMoved", "B", "G"), "a/b.2/fs/VolumeMoved/B");
    expect(participant.fork().deliver(placed("VolumeChanged", "B", "G"), "a/b.2/fs/VolumeChanged/B")).toContain(
      "never beside",
    );
    expect(participant.deliver(placed("VolumeChanged", "B", "G"), "a/b.3/fs/VolumeChanged/B")).toBeUndefined();
  });
});

describe("deliver", () => {
  it("ignores a key that was applied already, and only that", () => {
    const participant = told(...upAndIdle);
    participant.deliver(start, "a/b.2/fs/SignaledStart");
    expect(participant.deliver(start, "a/b.2/fs/SignaledStart")).toBeUndefined();
    expect(participant.deliver(start, "a/b.3/fs/SignaledStart")).toContain("deadlock");
  });
});

describe("fork and restarted", () => {
  it("gives equal participants that go their own ways, both ways", () => {
    const one = told(...upAndIdle);
    const two = one.fork();
    const three = one.fork();
    one.apply(start);
    two.apply(volume("VolumeToBeUnserved", "A"));
    expect([one.standing.quiesced, two.standing.quiesced, three.standing.quiesced]).toEqual([true, false, false]);
    expect([one, two, three].map(({ standing }) => standing.noticed.size)).toEqual([0, 1, 0]);
    two.apply(up);
    expect([one, two, three].map(({ complaints }) => complaints.length)).toEqual([0, 1, 0]);
  });

  it("leaves nothing of a volatile participant and all but being up of a durable one", () => {
    const crashed = told(...signaled);
    expect(crashed.restarted("volatile").endsAt(undefined)).toBeUndefined();
    const durable = crashed.restarted("durable");
    expect(durable.apply(up)).toBeUndefined();
    expect(durable.apply(finish)).toBeUndefined();
    expect(durable.endsAt(topology)).toBeUndefined();
    expect(crashed.standing.up).toBe(true);
  });
});

describe("endsAt", () => {
  it("is satisfied by what it was told, up or down", () => {
    expect(told(...upAndIdle).endsAt(topology)).toBeUndefined();
    expect(strictParticipant().endsAt(undefined)).toBeUndefined();
    expect(told(up, finish).endsAt(nothing("Peer0"))).toBeUndefined();
  });

  it.each<[string, StrictParticipant, TopologyLike | undefined, string]>([
    ["not down", told(up), undefined, "It is up and should be down."],
    [
      "not empty when down",
      told(...upAndIdle).restarted("durable"),
      undefined,
      "It is down, but group G is known; group R is known; volume A is known; volume B is known; volume A is served.",
    ],
    ["not up", strictParticipant(), nothing("Peer0"), "Not where the topology says: it is not up."],
    ["owed a finish", told(...signaled), topology, "Not where the topology says: it is owed SignaledFinish."],
    [
      "everything missing",
      told(up, finish),
      topology,
      "Not where the topology says: group G is not known; group R is not known; volume A is not known; volume A is not served; volume B is not known.",
    ],
    [
      "everything too much",
      told(...upAndIdle),
      nothing("Peer0"),
      "Not where the topology says: group G is known; group R is known; volume A is known; volume B is known; volume A is served.",
    ],
    [
      "another place",
      told(...unserved, placed("VolumeMoved", "A", "R"), group("VolumeGroupMoved", "G", ""), finish),
      topology,
      "Not where the topology says: group G has the active peer nobody, not Peer0; volume A is in group R, not G; volume A is not served.",
    ],
    [
      "a notice left",
      told(...upAndIdle, volume("VolumeToBeUnserved", "A")),
      topology,
      "Not where the topology says: volume A was announced to be unserved and is not.",
    ],
  ])("explains: %s", (_what, participant, wanted, sentence) => {
    expect(participant.endsAt(wanted)).toBe(sentence);
  });

  it("compares virtual IP addresses only for who hears of their changes", () => {
    const moved: TopologyLike = {
      whoAmI: "Peer0",
      groups: [{ name: "G", activePeer: "", virtualIPAddr: "10.0.0.1", volumes: [] }],
    };
    const events = [up, group("VolumeGroupCreated", "G", "", ""), finish];
    const deaf = strictParticipant();
    const hearing = strictParticipant({ hearsChanges: true });
    for (const event of events) {
      deaf.apply(event);
      hearing.apply(event);
    }
    expect(deaf.endsAt(moved)).toBeUndefined();
    expect(hearing.endsAt(moved)).toBe("Not where the topology says: group G has the address none, not 10.0.0.1.");
    for (const event of [start, group("VolumeGroupChanged", "G", "", "10.0.0.1"), finish]) hearing.apply(event);
    expect(hearing.endsAt(moved)).toBeUndefined();
  });

  it("agrees with standingAt", () => {
    expect(standingAt(topology)).toMatchObject({ up: true, quiesced: false, served: new Set(["A"]) });
  });
});
