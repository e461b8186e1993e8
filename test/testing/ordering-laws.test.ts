/**
 * The ordering laws: 30 bugs, each named, are caught; nothing that the original code did is refused; and with all known,
 * no trace but the contract's own is accepted.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type CallbackName, type LifecycleEvent, subjectOf } from "../../src/plan/lifecycle-event.ts";
import type { Command, OrderName } from "../../src/plan/order.ts";
import { contractTrace, UNTOLD_STANDING } from "../../src/testing/contract-model.ts";
import { thinned, topologySequences } from "../../src/testing/exhaustive.ts";
import { explainViolations, ORDERING_LAWS, orderingLaws } from "../../src/testing/ordering-laws.ts";
import { standingAt } from "../../src/testing/standing.ts";
import { nothing, type TopologyLike } from "../../src/testing/topology-like.ts";
import { type Delivery, eventText, type Trace } from "../../src/testing/trace.ts";
import type { LawOptions } from "../../src/testing/trace-view.ts";
import { AFTER, BEFORE } from "./rich-change.ts";

const PARTICIPANTS = ["logger", "headhunter", "inode", "fs"];
const ORDERS: readonly OrderName[] = ["documented", "proxyfs"];

interface Case {
  readonly command: Command;
  readonly order: OrderName;
  readonly trace: Trace;
  readonly options: LawOptions;
}

/** The contract's own trace of the rich change, and all that is known of it. */
function rightCase(command: Command, order: OrderName): Case {
  const options = {
    command,
    participants: PARTICIPANTS,
    from: command === "up" ? undefined : BEFORE,
    to: command === "up" ? BEFORE : command === "signaled" ? AFTER : undefined,
  };
  return { command, order, options, trace: contractTrace({ ...options, order }) };
}

const is =
  (type: CallbackName, subject = "", participant?: string) =>
  (each: Delivery): boolean =>
    each.event.type === type &&
    (subject === "" || subjectOf(each.event) === subject) &&
    (participant === undefined || each.participant === participant);

/** Tells the phases of these two callbacks in each other's place. */
function swapPhases(trace: Trace, one: CallbackName, other: CallbackName): Trace {
  const [first, second] = [trace.filter(is(one)), trace.filter(is(other))];
  return trace.flatMap((each, i) => {
    const starts = trace[i - 1]?.event.type !== each.event.type;
    if (each.event.type === one) return starts ? second : [];
    if (each.event.type === other) return starts ? first : [];
    return [each];
  });
}

/** Moves all matching deliveries to before the first (or behind the last) of another kind. */
function moved(
  trace: Trace,
  what: (each: Delivery) => boolean,
  place: "before" | "after",
  where: (each: Delivery) => boolean,
): Trace {
  const moving = trace.filter(what);
  const rest = trace.filter((each) => !what(each));
  const at = place === "before" ? rest.findIndex(where) : rest.findLastIndex(where) + 1;
  return [...rest.slice(0, at), ...moving, ...rest.slice(at)];
}

/** The deliveries of one callback in another arrangement, in their place. */
function rearranged(trace: Trace, callback: CallbackName, arrange: (phase: Trace) => Trace): Trace {
  const at = trace.findIndex(is(callback));
  const phase = arrange(trace.filter(is(callback)));
  return [...trace.slice(0, at), ...phase, ...trace.filter((each, i) => i >= at && !is(callback)(each))];
}

const without = (trace: Trace, what: (each: Delivery) => boolean): Trace => trace.filter((each) => !what(each));
const changedTo = (trace: Trace, what: (each: Delivery) => boolean, change: object): Trace =>
  trace.map((each) => (what(each) ? { ...each, event: { ...each.event, ...change } as LifecycleEvent } : each));
const followedBy = (trace: Trace, where: (each: Delivery) => boolean, event: LifecycleEvent): Trace =>
  trace.flatMap((each) => (where(each) ? [each, { ...each, event }] : [each]));
const bySubject = (phase: Trace): Trace => {
  const subjects = [...new Set(phase.map(({ event }) => subjectOf(event)))];
  return subjects.flatMap((subject) => phase.filter(({ event }) => subjectOf(event) === subject));
};
const rotated = (phase: Trace): Trace => {
  const first = phase[0]?.participant;
  return [...phase.filter((each) => each.participant !== first), ...phase.filter((each) => each.participant === first)];
};
const backwardsFor =
  (participant: string) =>
  (phase: Trace): Trace => {
    const own = phase.filter((each) => each.participant === participant).reverse();
    return phase.map((each) => (each.participant === participant ? (own.shift() as Delivery) : each));
  };

interface Bug {
  readonly bug: string;
  readonly command: Command;
  /** Default: both orders. */
  readonly order?: OrderName;
  readonly break: (trace: Trace) => Trace;
  /** A law that catches it with everything known. */
  readonly law: string;
  /** A law that catches it in the bare trace, with nothing known but the order's name. */
  readonly blind?: string;
}

const BUGS: readonly Bug[] = [
  // Direction
  {
    bug: "Up in reverse direction",
    command: "up",
    law: "direction",
    blind: "direction",
    break: (t) => rearranged(t, "Up", (phase) => [...phase].reverse()),
  },
  {
    bug: "UnserveVolume in registration order",
    command: "signaled",
    law: "direction",
    blind: "direction",
    break: (t) =>
      rearranged(t, "UnserveVolume", (phase) =>
        PARTICIPANTS.flatMap((name) => phase.filter((each) => each.participant === name)),
      ),
  },
  {
    bug: "SignaledStart in registration order",
    command: "down",
    law: "direction",
    blind: "direction",
    break: (t) => rearranged(t, "SignaledStart", (phase) => [...phase].reverse()),
  },
  {
    bug: "all phases in registration order",
    command: "down",
    law: "direction",
    blind: "logger-first",
    break: (t) =>
      [...new Set(t.map(({ event }) => event.type))].reduce(
        (trace, type) =>
          rearranged(trace, type, (phase) =>
            PARTICIPANTS.flatMap((name) => phase.filter((each) => each.participant === name)),
          ),
        t,
      ),
  },
  {
    bug: "two participants change places in one phase",
    command: "signaled",
    law: "direction",
    blind: "direction",
    break: (t) => rearranged(t, "VolumeCreated", rotated),
  },
  {
    bug: "subject outer, participant inner",
    command: "signaled",
    law: "participant-outer",
    blind: "participant-outer",
    break: (t) => rearranged(t, "ServeVolume", bySubject),
  },
  // Phases
  {
    bug: "phases VolumeGroupCreated and VolumeCreated swapped",
    command: "up",
    law: "group-before-volume",
    blind: "group-before-volume",
    break: (t) => swapPhases(t, "VolumeGroupCreated", "VolumeCreated"),
  },
  {
    bug: "phases VolumeGroupMoved and VolumeMoved swapped",
    command: "signaled",
    law: "phase-order",
    blind: "phase-order",
    break: (t) => swapPhases(t, "VolumeGroupMoved", "VolumeMoved"),
  },
  {
    bug: "phases VolumeDestroyed and VolumeGroupDestroyed swapped",
    command: "down",
    law: "assumptions",
    blind: "phase-order",
    break: (t) => swapPhases(t, "VolumeDestroyed", "VolumeGroupDestroyed"),
  },
  {
    bug: "the other order's table for UnserveVolume",
    command: "signaled",
    order: "documented",
    law: "phase-order",
    blind: "phase-order",
    break: (t) => moved(t, is("UnserveVolume"), "before", is("VolumeGroupCreated")),
  },
  {
    bug: "the other order's table for ServeVolume",
    command: "signaled",
    order: "proxyfs",
    law: "phase-order",
    blind: "phase-order",
    break: (t) => moved(t, is("ServeVolume"), "before", is("VolumeDestroyed")),
  },
  {
    bug: "a serve before its create",
    command: "up",
    law: "create-before-serve",
    blind: "create-before-serve",
    break: (t) => moved(t, is("ServeVolume", "stays", "fs"), "before", is("VolumeCreated")),
  },
  {
    bug: "a serve before its move",
    command: "signaled",
    law: "move-before-serve",
    blind: "move-before-serve",
    break: (t) => moved(t, is("ServeVolume", "across"), "before", is("VolumeMoved")),
  },
  {
    bug: "a move before its unserve",
    command: "signaled",
    law: "unserve-before-change",
    blind: "unserve-before-change",
    break: (t) => moved(t, is("UnserveVolume"), "after", is("VolumeMoved")),
  },
  {
    bug: "a volume destroyed while served",
    command: "down",
    law: "unserve-before-change",
    blind: "unserve-before-change",
    break: (t) => moved(t, is("UnserveVolume", "dead"), "after", is("VolumeDestroyed")),
  },
  {
    bug: "an unserve before its notice",
    command: "down",
    law: "notice-before-unserve",
    blind: "notice-before-unserve",
    break: (t) => swapPhases(t, "VolumeToBeUnserved", "UnserveVolume"),
  },
  {
    bug: "a change before SignaledStart",
    command: "signaled",
    law: "opening",
    blind: "opening",
    break: (t) => moved(t, is("SignaledStart", "", "inode"), "after", is("VolumeGroupCreated", "", "inode")),
  },
  {
    bug: "SignaledFinish before the serves",
    command: "up",
    law: "closing",
    blind: "closing",
    break: (t) => moved(t, is("SignaledFinish"), "before", is("ServeVolume")),
  },
  {
    bug: "Down before the volumes are destroyed",
    command: "down",
    law: "assumptions",
    blind: "closing",
    break: (t) => moved(t, is("Down", "", "fs"), "before", is("VolumeDestroyed")),
  },
  // Lost
  {
    bug: "a participant loses one serve",
    command: "up",
    law: "nothing-lost",
    blind: "equal-events",
    break: (t) => without(t, is("ServeVolume", "stays", "inode")),
  },
  {
    bug: "everyone loses one notice",
    command: "signaled",
    law: "assumptions",
    break: (t) => without(t, is("VolumeToBeUnserved", "across")),
  },
  {
    bug: "everyone loses one VolumeMoved",
    command: "signaled",
    law: "nothing-lost",
    break: (t) => without(t, is("VolumeMoved", "away")),
  },
  {
    bug: "a failing callback loses the rest of the change",
    command: "signaled",
    law: "closing",
    blind: "closing",
    break: (t) => t.slice(0, t.findIndex(is("ServeVolume")) + 2),
  },
  {
    bug: "a participant is left quiesced",
    command: "signaled",
    law: "closing",
    blind: "closing",
    break: (t) => without(t, is("SignaledFinish", "", "headhunter")),
  },
  {
    bug: "SignaledStart and SignaledFinish left out, since little changed",
    command: "signaled",
    law: "nothing-lost",
    blind: "closing",
    break: (t) => without(t, (each) => each.event.type.startsWith("Signaled")),
  },
  {
    bug: "a participant is never called",
    command: "down",
    law: "nothing-lost",
    break: (t) => without(t, (each) => each.participant === "inode"),
  },
  // Too much
  {
    bug: "a doubled ServeVolume",
    command: "signaled",
    law: "once",
    blind: "once",
    break: (t) => t.flatMap((each) => (is("ServeVolume", "born", "fs")(each) ? [each, each] : [each])),
  },
  {
    bug: "a participant quiesced twice",
    command: "down",
    law: "once",
    blind: "once",
    break: (t) => t.flatMap((each) => (is("SignaledStart", "", "fs")(each) ? [each, each] : [each])),
  },
  {
    bug: "an unchanged volume is told of",
    command: "signaled",
    law: "nothing-extra",
    blind: "equal-events",
    break: (t) => followedBy(t, is("UnserveVolume", "dead", "fs"), { type: "UnserveVolume", volumeName: "stays" }),
  },
  {
    bug: "a remote volume is served",
    command: "up",
    law: "assumptions",
    blind: "equal-events",
    break: (t) => followedBy(t, is("ServeVolume", "second", "fs"), { type: "ServeVolume", volumeName: "remote" }),
  },
  {
    bug: "a volume that moves is destroyed and created anew",
    command: "signaled",
    law: "nothing-extra",
    break: (t) => changedTo(t, is("VolumeMoved", "away"), { type: "VolumeCreated" }),
  },
  {
    bug: "Down at the end of a reload",
    command: "signaled",
    law: "known-callback",
    blind: "known-callback",
    break: (t) => [...t, { participant: "logger", event: { type: "Down" } }],
  },
  {
    bug: "somebody called who is not registered",
    command: "up",
    law: "known-participant",
    break: (t) => [...t, { participant: "stranger", event: { type: "SignaledFinish" } }],
  },
  {
    bug: "VolumeChanged beside the serve of the same volume",
    command: "signaled",
    law: "changed-alone",
    blind: "changed-alone",
    break: (t) =>
      followedBy(t, is("VolumeMoved", "away"), {
        type: "VolumeChanged",
        volumeName: "across",
        volumeGroupName: "Second",
      }),
  },
  // Wrong
  {
    bug: "the old active peer in VolumeGroupMoved",
    command: "signaled",
    law: "arguments",
    break: (t) => changedTo(t, is("VolumeGroupMoved", "Leaving"), { activePeer: "Peer0" }),
  },
  {
    bug: "the old virtual IP address in VolumeGroupCreated",
    command: "up",
    law: "arguments",
    break: (t) => changedTo(t, is("VolumeGroupCreated", "Coming"), { virtualIPAddr: "" }),
  },
  {
    bug: "the wrong group in VolumeCreated",
    command: "up",
    law: "arguments",
    break: (t) =>
      changedTo(t, is("VolumeCreated", "born"), {}).map((each) =>
        is("VolumeCreated", "stays", "fs")(each)
          ? { ...each, event: { type: "VolumeCreated", volumeName: "stays", volumeGroupName: "Second" } }
          : each,
      ),
  },
  {
    bug: "subjects in another order for one participant",
    command: "signaled",
    law: "subject-order",
    blind: "subject-order",
    break: (t) => rearranged(t, "ServeVolume", backwardsFor("inode")),
  },
  {
    bug: "subjects of a reverse phase in the order of the conf",
    command: "down",
    law: "subject-order",
    blind: "subject-order",
    break: (t) => PARTICIPANTS.reduce((trace, name) => rearranged(trace, "VolumeDestroyed", backwardsFor(name)), t),
  },
];

describe("orderingLaws accept", () => {
  it.each(ORDERS)("the contract's own traces, with everything known and with nothing (%s)", (order) => {
    for (const command of ["up", "signaled", "down"] as const) {
      const { trace, options } = rightCase(command, order);
      expect(explainViolations(orderingLaws(trace, order, options), trace)).toBe("");
      expect(explainViolations(orderingLaws(trace, order), trace)).toBe("");
    }
  });
});

describe(`orderingLaws catch each of ${BUGS.length} seeded bugs`, () => {
  it("and there are at least 30 of them, all with names of their own", () => {
    expect(new Set(BUGS.map(({ bug }) => bug)).size).toBe(BUGS.length);
    expect(BUGS.length).toBeGreaterThanOrEqual(30);
  });

  it.each(BUGS)("$bug: $law", (bug) => {
    for (const order of bug.order === undefined ? ORDERS : [bug.order]) {
      const { trace: right, options } = rightCase(bug.command, order);
      const trace = bug.break(right);
      expect(trace).not.toEqual(right);
      const violations = orderingLaws(trace, order, options);
      expect(
        violations.map(({ law }) => law),
        explainViolations(violations, trace),
      ).toContain(bug.law);
      const { law, index, message } = violations.find((each) => each.law === bug.law) ?? {
        law: "",
        index: -1,
        message: "",
      };
      expect(message).toMatch(/^[A-Za-z].*\.$/);
      expect(index, law).toBeGreaterThanOrEqual(0);
      expect(index, law).toBeLessThanOrEqual(trace.length);
    }
  });

  it.each(BUGS.filter(({ blind }) => blind !== undefined))("in the bare trace as well: $bug: $blind", (bug) => {
    for (const order of bug.order === undefined ? ORDERS : [bug.order]) {
      const trace = bug.break(rightCase(bug.command, order).trace);
      const violations = orderingLaws(trace, order, { command: bug.command });
      expect(
        violations.map(({ law }) => law),
        explainViolations(violations, trace),
      ).toContain(bug.blind);
    }
  });

  it("and explain each in a sentence", () => {
    const sentences = BUGS.map(({ bug, command, order = "documented", break: seed, law }) => {
      const { trace, options } = rightCase(command, order);
      const violations = orderingLaws(seed(trace), order, options);
      return `${bug}\n  ${violations.find((each) => each.law === law)?.message}`;
    });
    expect(sentences.join("\n")).toMatchInlineSnapshot(`
      "Up in reverse direction
        Up goes in registration order, so inode comes before fs.
      UnserveVolume in registration order
        UnserveVolume goes in reverse registration order, so headhunter comes before logger.
      SignaledStart in registration order
        SignaledStart goes in reverse registration order, so headhunter comes before logger.
      all phases in registration order
        VolumeToBeUnserved goes in reverse registration order, so headhunter comes before logger.
      two participants change places in one phase
        VolumeCreated goes in registration order, so logger comes before fs.
      subject outer, participant inner
        ServeVolume born for logger comes after ServeVolume returns for fs: the participant is the outer loop, the subject the inner one.
      phases VolumeGroupCreated and VolumeCreated swapped
        VolumeCreated leaves for logger comes before its group Leaving is created.
      phases VolumeGroupMoved and VolumeMoved swapped
        VolumeGroupMoved Leaving for logger comes after VolumeMoved away for fs, but in the documented order VolumeGroupMoved comes before VolumeMoved.
      phases VolumeDestroyed and VolumeGroupDestroyed swapped
        fs may not be told VolumeGroupDestroyed Nobody: idle is still inside.
      the other order's table for UnserveVolume
        VolumeGroupCreated Fresh for logger comes after UnserveVolume leaves for logger, but in the documented order VolumeGroupCreated comes before UnserveVolume.
      the other order's table for ServeVolume
        VolumeDestroyed gone for fs comes after ServeVolume fresh2 for fs, but in the proxyfs order VolumeDestroyed comes before ServeVolume.
      a serve before its create
        VolumeCreated stays for fs comes after ServeVolume stays: a volume is created before it is served.
      a serve before its move
        VolumeMoved across for logger comes after ServeVolume across: a volume is in its new group before it is served there.
      a move before its unserve
        UnserveVolume away for fs comes after VolumeMoved away: a volume is unserved before it moves, goes or is served anew.
      a volume destroyed while served
        UnserveVolume dead for fs comes after VolumeDestroyed dead: a volume is unserved before it moves, goes or is served anew.
      an unserve before its notice
        VolumeToBeUnserved second for fs comes after UnserveVolume second: a volume is announced before it is unserved.
      a change before SignaledStart
        VolumeGroupCreated Fresh for inode comes before SignaledStart.
      SignaledFinish before the serves
        ServeVolume leaves for logger comes after SignaledFinish.
      Down before the volumes are destroyed
        fs may not be told Down: volume leaves (and 10 more) was never destroyed.
      a participant loses one serve
        ServeVolume stays for inode is missing.
      everyone loses one notice
        fs may not be told UnserveVolume across: it was not announced by VolumeToBeUnserved.
      everyone loses one VolumeMoved
        VolumeMoved away for logger is missing.
      a failing callback loses the rest of the change
        logger never gets SignaledFinish.
      a participant is left quiesced
        headhunter never gets SignaledFinish.
      SignaledStart and SignaledFinish left out, since little changed
        SignaledStart for fs is missing.
      a participant is never called
        VolumeToBeUnserved second for inode is missing.
      a doubled ServeVolume
        ServeVolume born for fs comes twice, first at 91.
      a participant quiesced twice
        SignaledStart for fs comes twice, first at 24.
      an unchanged volume is told of
        UnserveVolume stays for fs is not called for by the change.
      a remote volume is served
        fs may not be told ServeVolume remote: its group Remote has the active peer Peer1, and this is Peer0.
      a volume that moves is destroyed and created anew
        VolumeCreated away for logger is not called for by the change.
      Down at the end of a reload
        Down for logger does not belong into signaled.
      somebody called who is not registered
        SignaledFinish for stranger: nobody of that name is registered.
      VolumeChanged beside the serve of the same volume
        VolumeChanged across for logger comes beside ServeVolume across, which tells it all.
      the old active peer in VolumeGroupMoved
        VolumeGroupMoved Leaving for logger has the activePeer "Peer0" in place of "Peer1".
      the old virtual IP address in VolumeGroupCreated
        VolumeGroupCreated Coming for logger has the virtualIPAddr "" in place of "10.0.0.3".
      the wrong group in VolumeCreated
        VolumeCreated stays for fs has the volumeGroupName "Second" in place of "Stays".
      subjects in another order for one participant
        ServeVolume fresh1 for inode comes after ServeVolume fresh2, but in the new configuration's order it comes before.
      subjects of a reverse phase in the order of the conf
        VolumeDestroyed stays for fs comes after VolumeDestroyed leaves, but in the old configuration's order, backwards, it comes before."
    `);
  });

  it("and say it once where one phase stands in the wrong place", () => {
    const { trace, options } = rightCase("signaled", "documented");
    const early = moved(trace, is("UnserveVolume"), "before", is("VolumeGroupCreated"));
    expect(orderingLaws(early, "documented", options).filter(({ law }) => law === "phase-order").length).toBe(2);
    const withDown: Trace = [...trace, { participant: "logger", event: { type: "Down" } }];
    expect(orderingLaws(withDown, "documented", { command: "signaled" }).map(({ law }) => law)).toEqual([
      "known-callback",
      "closing",
    ]);
  });

  it("and every law catches something that is seeded, but those about logs of several transitions", () => {
    const caught = new Set(BUGS.flatMap(({ law, blind }) => [law, blind]));
    expect(ORDERING_LAWS.map(({ name }) => name).filter((name) => !caught.has(name))).toEqual(["doubts-first"]);
  });
});

describe("with everything known, no trace but the contract's own is accepted", () => {
  const participants = ["a", "b"];

  function everyOtherTrace(trace: Trace): readonly Trace[] {
    return trace.flatMap((each, i) => [
      [...trace.slice(0, i), ...trace.slice(i + 1)],
      [...trace.slice(0, i), each, ...trace.slice(i)],
      ...(trace[i + 1] === undefined
        ? []
        : [[...trace.slice(0, i), trace[i + 1] as Delivery, each, ...trace.slice(i + 2)]]),
    ]);
  }

  it("any delivery left out, doubled or swapped with the next, in changes of up to 2 groups and 1 volume", () => {
    let cases = 0;
    const changes = [...thinned(topologySequences({ groups: 2, volumes: 1, peers: 2 }, 2), 7)] as [
      TopologyLike,
      TopologyLike,
    ][];
    for (const order of ORDERS) {
      for (const [from, to] of changes) {
        const options = { command: "signaled", participants, from, to } as const;
        const trace = contractTrace({ ...options, order });
        expect(orderingLaws(trace, order, options)).toEqual([]);
        for (const other of everyOtherTrace(trace)) {
          if (orderingLaws(other, order, options).length === 0) {
            expect.unreachable(
              `${order} accepted:\n${other.map((each) => `${each.participant} ${eventText(each.event)}`).join("\n")}`,
            );
          }
          cases++;
        }
      }
    }
    expect(cases).toBeGreaterThan(10_000);
  });

  it("a failed transition may stop anywhere, and lose nothing before that", () => {
    for (const order of ORDERS) {
      const { trace, options } = rightCase("signaled", order);
      for (let stop = 0; stop <= trace.length; stop++) {
        const part = trace.slice(0, stop);
        expect(explainViolations(orderingLaws(part, order, { ...options, ended: "failed" }), part)).toBe("");
        const lost = Math.floor(stop / 2);
        if (stop < 3) continue;
        const holed = [...part.slice(0, lost), ...part.slice(lost + 1)];
        expect(orderingLaws(holed, order, { ...options, ended: "failed" }).length).toBeGreaterThan(0);
      }
    }
  });
});

describe("what else a trace can hold", () => {
  const topology: TopologyLike = {
    whoAmI: "Peer0",
    groups: [{ name: "G", activePeer: "Peer0", virtualIPAddr: "", volumes: ["A"] }],
  };

  it("further attempts of one step are one delivery, and the same key twice in a first attempt is not", () => {
    const [up, finish] = contractTrace({
      command: "up",
      order: "documented",
      participants: ["fs"],
      to: { whoAmI: "Peer0", groups: [] },
    });
    const options = { participants: ["fs"], to: { whoAmI: "Peer0", groups: [] } };
    const first = { ...(up as Delivery), idempotencyKey: "t1/fs/Up", transitionId: "t1", attempt: 1 };
    const last = { ...(finish as Delivery), idempotencyKey: "t1/fs/SignaledFinish", transitionId: "t1", attempt: 1 };
    expect(orderingLaws([first, { ...first, attempt: 2 }, last], "documented", options)).toEqual([]);
    expect(orderingLaws([first, first, last], "documented", options).map(({ law }) => law)).toContain("once");
  });

  it("a step whose first attempt came before the trace begins: where a held transition goes on", () => {
    const trace: Trace = [
      {
        participant: "fs",
        event: { type: "ServeVolume", volumeName: "A" },
        idempotencyKey: "t1/fs/ServeVolume/A",
        transitionId: "t1",
        attempt: 2,
      },
      {
        participant: "fs",
        event: { type: "SignaledFinish" },
        idempotencyKey: "t1/fs/SignaledFinish",
        transitionId: "t1",
        attempt: 1,
      },
    ];
    // Whether it took effect the first time or not, it is in effect now.
    for (const served of [new Set(["A"]), new Set<string>()]) {
      const from = new Map([["fs", { ...standingAt(topology), quiesced: true, served }]]);
      expect(orderingLaws(trace, "documented", { participants: ["fs"], from, to: topology })).toEqual([]);
    }
  });

  it("steps redelivered from an earlier transition come first, and count for nothing else", () => {
    const standing = { groups: new Map(), volumes: new Map(), served: new Set<string>(), noticed: new Set<string>() };
    const from = new Map([["fs", { ...standing, up: true, quiesced: true }]]);
    const doubt: Delivery = {
      participant: "fs",
      event: { type: "VolumeGroupCreated", volumeGroupName: "G", activePeer: "Peer0", virtualIPAddr: "" },
      transitionId: "t1",
    };
    const then: Delivery[] = (
      [
        { type: "VolumeCreated", volumeName: "A", volumeGroupName: "G" },
        { type: "ServeVolume", volumeName: "A" },
        { type: "SignaledFinish" },
      ] as const
    ).map((event) => ({ participant: "fs", event, transitionId: "t2" }));
    const known = new Map([
      [
        "fs",
        { ...standing, up: true, quiesced: true, groups: new Map([["G", { activePeer: "Peer0", virtualIPAddr: "" }]]) },
      ],
    ]);
    expect(orderingLaws([doubt, ...then], "documented", { from, to: topology })).toEqual([]);
    expect(orderingLaws([doubt, ...then], "documented", { from: known, to: topology })).toEqual([]);
    expect(orderingLaws(then, "documented", { from: known, to: topology })).toEqual([]);
    const late = orderingLaws([...then.slice(0, 1), doubt, ...then.slice(1)], "documented", { from, to: topology });
    expect(late).toContainEqual({
      law: "doubts-first",
      message: "VolumeGroupCreated G for fs, in doubt from an earlier transition, comes after VolumeCreated A for fs.",
      index: 1,
    });
  });

  it("a redelivered step that throws: it says that nothing of it is in effect, and the step comes anew", () => {
    const created: LifecycleEvent = {
      type: "VolumeGroupCreated",
      volumeGroupName: "G",
      activePeer: "",
      virtualIPAddr: "",
    };
    const trace: Trace = [
      {
        participant: "fs",
        event: created,
        transitionId: "t1",
        idempotencyKey: "t1/fs/VolumeGroupCreated/G",
        attempt: 2,
        outcome: "threw",
      },
      {
        participant: "fs",
        event: created,
        transitionId: "t2",
        idempotencyKey: "t2/fs/VolumeGroupCreated/G",
        attempt: 1,
      },
      { participant: "fs", event: { type: "SignaledFinish" }, transitionId: "t2", attempt: 1 },
    ];
    const from = new Map([["fs", { ...standingAt(nothing("Peer0")), quiesced: true }]]);
    const to = { whoAmI: "Peer0", groups: [{ name: "G", activePeer: "", virtualIPAddr: "", volumes: [] }] };
    expect(orderingLaws(trace, "documented", { participants: ["fs"], from, to })).toEqual([]);
  });

  it("participants that implement some callbacks only", () => {
    const participants = [{ name: "mounts", callbacks: ["ServeVolume", "UnserveVolume"] }, "fs"] as const;
    for (const command of ["up", "signaled", "down"] as const) {
      const options = { command, participants, from: topology, to: topology };
      const trace = contractTrace({ ...options, order: "documented" });
      expect(trace.some((each) => each.participant === "mounts")).toBe(command !== "signaled");
      expect(orderingLaws(trace, "documented", options)).toEqual([]);
    }
  });

  it("each participant's own place, after a failure", () => {
    const to = topology;
    const standing = {
      up: true,
      quiesced: true,
      groups: new Map(),
      volumes: new Map(),
      served: new Set<string>(),
      noticed: new Set<string>(),
    };
    const knows = {
      ...standing,
      quiesced: false,
      groups: new Map([["G", { activePeer: "Peer0", virtualIPAddr: "" }]]),
    };
    const from = new Map([
      ["a", standing],
      ["b", knows],
    ]);
    const events: readonly [string, LifecycleEvent][] = [
      ["b", { type: "SignaledStart" }],
      ["a", { type: "VolumeGroupCreated", volumeGroupName: "G", activePeer: "Peer0", virtualIPAddr: "" }],
      ["a", { type: "VolumeCreated", volumeName: "A", volumeGroupName: "G" }],
      ["b", { type: "VolumeCreated", volumeName: "A", volumeGroupName: "G" }],
      ["a", { type: "ServeVolume", volumeName: "A" }],
      ["b", { type: "ServeVolume", volumeName: "A" }],
      ["a", { type: "SignaledFinish" }],
      ["b", { type: "SignaledFinish" }],
    ];
    const trace = events.map(([participant, event]) => ({ participant, event }));
    const options = { participants: ["a", "b"], from, to };
    expect(explainViolations(orderingLaws(trace, "documented", options), trace)).toBe("");
    const again: Trace = [{ participant: "a", event: { type: "SignaledStart" } }, ...trace];
    expect(orderingLaws(again, "documented", options).map(({ law, message }) => [law, message])).toContainEqual([
      "assumptions",
      "a may not be told SignaledStart: its gate is closed already; closing it twice is a deadlock.",
    ]);
  });
});

describe("single laws", () => {
  const to: TopologyLike = {
    whoAmI: "Peer0",
    groups: [{ name: "G", activePeer: "Peer0", virtualIPAddr: "", volumes: ["A", "B"] }],
  };
  const event = (type: CallbackName, volumeName?: string): LifecycleEvent =>
    ({ type, ...(volumeName === undefined ? {} : { volumeName }) }) as LifecycleEvent;
  const told = (participant: string, ...events: readonly LifecycleEvent[]): Trace =>
    events.map((each) => ({ participant, event: each }));
  const found = (trace: Trace, options: LawOptions, law: string): readonly string[] =>
    orderingLaws(trace, "documented", options).flatMap((each) => (each.law === law ? [each.message] : []));

  it("phase-order: also the first row has its place", () => {
    const trace = told("a", event("SignaledFinish"), event("Up"));
    expect(found(trace, { command: "up" }, "phase-order")).toEqual([
      "Up for a comes after SignaledFinish for a, but in the documented order Up comes before SignaledFinish.",
    ]);
  });

  it("logger-first: first in forward phases, last in reverse ones", () => {
    const both = (callback: CallbackName): Trace => [
      ...told("fs", event(callback)),
      ...told("logger", event(callback)),
    ];
    expect(found(both("Up"), { command: "up" }, "logger-first")).toEqual([
      "Up must reach logger first, and fs is first.",
    ]);
    expect(found(both("Down").toReversed(), { command: "down" }, "logger-first")).toEqual([
      "Down must reach logger last, and fs is last.",
    ]);
    expect(found(both("Down"), { command: "down" }, "logger-first")).toEqual([]);
  });

  it("closing: nothing follows it, even where nothing came before it", () => {
    const trace = told("a", event("SignaledFinish"), event("ServeVolume", "A"));
    expect(found(trace, { command: "up" }, "closing")).toEqual(["ServeVolume A for a comes after SignaledFinish."]);
  });

  it("closing: who is not up is not owed one, who was told something is", () => {
    const from = new Map([
      ["up", { ...standingAt(nothing("Peer0")), quiesced: true }],
      ["down", UNTOLD_STANDING],
    ]);
    const options = { command: "down", participants: ["up", "down"], from } as const;
    expect(orderingLaws(told("up", event("Down")), "documented", options)).toEqual([]);
    const idle = new Map([...from, ["up", standingAt(nothing("Peer0"))]]);
    const begun = { ...options, from: idle };
    expect(found(told("up", event("SignaledStart")), begun, "closing")).toEqual(["up never gets Down."]);
  });

  it("subject-order: after a failure forward phases still follow the configuration, and old orders are each one's own", () => {
    const served = standingAt(to);
    const noticed = { ...served, quiesced: true, noticed: new Set(["A", "B"]) };
    const from = new Map([
      ["a", noticed],
      ["b", noticed],
    ]);
    const away = (first: string, second: string): readonly LifecycleEvent[] => [
      event("UnserveVolume", first),
      event("UnserveVolume", second),
    ];
    const back = (first: string, second: string): readonly LifecycleEvent[] => [
      event("ServeVolume", first),
      event("ServeVolume", second),
    ];
    const trace = (forB: readonly LifecycleEvent[]): Trace => [
      ...told("b", ...away("A", "B")),
      ...told("a", ...away("B", "A"), ...back("A", "B")),
      ...told("b", ...forB),
      ...told("a", event("SignaledFinish")),
      ...told("b", event("SignaledFinish")),
    ];
    const options = { participants: ["a", "b"], from, to };
    expect(orderingLaws(trace(back("A", "B")), "documented", options)).toEqual([]);
    expect(found(trace(back("B", "A")), options, "subject-order")).toEqual([
      "ServeVolume A for b comes after ServeVolume B, but in the new configuration's order it comes before.",
    ]);
  });
});

describe("what is missing or more", () => {
  const { trace, options } = rightCase("signaled", "documented");

  it("has a place at the end of the trace when it is missing at the end", () => {
    const violations = orderingLaws(trace.slice(0, -1), "documented", options);
    expect(violations.map(({ law, index }) => [law, index])).toEqual([
      ["equal-events", trace.length - 2],
      ["closing", trace.length - 1],
      ["nothing-lost", trace.length - 1],
    ]);
  });

  it("may be changed options of a subject that nothing else tells of", () => {
    const changed = followedBy(trace, is("VolumeMoved", "away", "fs"), {
      type: "VolumeChanged",
      volumeName: "second",
      volumeGroupName: "Second",
    });
    expect(explainViolations(orderingLaws(changed, "documented", options), changed)).toBe("");
  });

  it("is not asked for in an order that the trace does not keep, finished or failed", () => {
    const anyOrder = PARTICIPANTS.reduce((all, name) => rearranged(all, "ServeVolume", backwardsFor(name)), trace);
    expect(orderingLaws(anyOrder, "documented", { ...options, subjects: "any" })).toEqual([]);
    const half = anyOrder.slice(0, anyOrder.findIndex(is("ServeVolume")) + 2);
    expect(orderingLaws(half, "documented", { ...options, subjects: "any", ended: "failed" })).toEqual([]);
    expect(orderingLaws(half, "documented", { ...options, ended: "failed" }).length).toBeGreaterThan(0);
  });

  it("can be all but Up, when an up stopped there after redeliveries", () => {
    const redelivered: Trace = [
      { participant: "fs", event: { type: "ServeVolume", volumeName: "A" }, transitionId: "t1" },
      { participant: "fs", event: { type: "Up" }, transitionId: "t2" },
    ];
    const found = orderingLaws(redelivered, "documented", { ended: "failed", participants: ["fs"] });
    expect(found).toEqual([]);
  });
});

describe("explainViolations", () => {
  it("says in a sentence what is wrong and shows where", () => {
    const { trace: right, options } = rightCase("signaled", "documented");
    const trace = without(right, is("UnserveVolume", "away", "inode"));
    const violations = orderingLaws(trace, "documented", options).filter(({ law }) => law === "nothing-lost");
    expect(explainViolations(violations, trace)).toBe(`1 violation of the ordering laws:

nothing-lost: UnserveVolume away for inode is missing.
    49 logger UnserveVolume across
    50 logger UnserveVolume leaves
  > 51 logger VolumeGroupMoved Leaving
    52 logger VolumeGroupMoved Coming
`);
    expect(explainViolations([])).toBe("");
  });

  it("has a sentence for every law, which the documentation tells", () => {
    const page = readFileSync(new URL("../../docs/testing.md", import.meta.url), "utf8");
    for (const { name, says } of ORDERING_LAWS) {
      expect(name).toMatch(/^[a-z-]+$/);
      expect(says).toMatch(/^[A-Z].*\.$/);
      expect(page).toContain(`| \`${name}\` | ${says} |`);
    }
    expect(new Set(ORDERING_LAWS.map(({ name }) => name)).size).toBe(ORDERING_LAWS.length);
  });
});
