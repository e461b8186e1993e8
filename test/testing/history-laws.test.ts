/** Several transitions of one instance: what the next owes each participant follows from what it was told. */
import { describe, expect, it } from "vitest";
import { subjectOf } from "../../src/plan/lifecycle-event.ts";
import { contractEvents, contractTrace, UNTOLD_STANDING } from "../../src/testing/contract-model.ts";
import { historyLaws, type TransitionInfo } from "../../src/testing/history-laws.ts";
import { standingAt } from "../../src/testing/standing.ts";
import type { TopologyLike } from "../../src/testing/topology-like.ts";
import type { Delivery, Trace, TracePart } from "../../src/testing/trace.ts";
import { AFTER, BEFORE } from "./rich-change.ts";

const participants = ["a", "b"];
const request = { order: "documented", participants } as const;
const part = (info: TransitionInfo, deliveries: Trace): TracePart<TransitionInfo> => ({ info, deliveries });
const up = part({ command: "up", to: BEFORE }, contractTrace({ ...request, command: "up", to: BEFORE }));
const change = contractTrace({ ...request, command: "signaled", from: BEFORE, to: AFTER });

describe("historyLaws accept", () => {
  it("up, a change, a reload without changes, and down", () => {
    const parts = [
      up,
      part({ command: "signaled", to: AFTER }, change),
      part(
        { command: "signaled", to: AFTER },
        contractTrace({ ...request, command: "signaled", from: AFTER, to: AFTER }),
      ),
      part({ command: "down" }, contractTrace({ ...request, command: "down", from: AFTER })),
      up,
    ];
    expect(historyLaws(parts, "documented", { participants })).toEqual([]);
  });

  it("what brings everyone home after a failure at any step, and nothing else", () => {
    // From the first SignaledFinish on, who has got it is idle again and hears a whole reload.
    const firstFinish = change.findIndex(({ event }) => event.type === "SignaledFinish");
    for (let stop = 1; stop <= firstFinish; stop++) {
      // The failing step itself throws, so it is still owed.
      const told = change.slice(0, stop);
      const failed = part({ command: "signaled", to: AFTER, ended: "failed" }, [
        ...told,
        { ...(change[stop] as Delivery), outcome: "threw" },
      ]);
      const rest = part({ command: "signaled", to: AFTER }, change.slice(stop));
      expect(historyLaws([up, failed, rest], "documented", { participants })).toEqual([]);
      const lost = part({ command: "signaled", to: AFTER }, change.slice(stop + 1));
      expect(historyLaws([up, failed, lost], "documented", { participants }).map(({ law }) => law)).toContain(
        "nothing-lost",
      );
      const again = part({ command: "signaled", to: AFTER }, change);
      expect(historyLaws([up, failed, again], "documented", { participants })[0]?.part).toBe(2);
    }
  });

  it("participants that do not implement everything", () => {
    const some = [{ name: "a", callbacks: ["ServeVolume", "UnserveVolume"] }, "b"] as const;
    const parts = [
      part({ command: "up", to: BEFORE }, contractTrace({ ...request, participants: some, command: "up", to: BEFORE })),
      part(
        { command: "signaled", to: AFTER },
        contractTrace({ ...request, participants: some, command: "signaled", from: BEFORE, to: AFTER }),
      ),
    ];
    expect(historyLaws(parts, "documented", { participants: some })).toEqual([]);
    const whole = parts[1]?.deliveries ?? [];
    for (let stop = 0; stop < whole.length; stop++) {
      const failed = part({ command: "signaled", to: AFTER, ended: "failed" }, [
        ...whole.slice(0, stop),
        { ...(whole[stop] as Delivery), outcome: "threw" },
      ]);
      const rest = part({ command: "signaled", to: AFTER }, whole.slice(stop));
      expect(
        historyLaws([parts[0] as TracePart<TransitionInfo>, failed, rest], "documented", { participants: some }),
      ).toEqual([]);
    }
  });

  it("a step that succeeds at a later attempt as one that took effect", () => {
    const keyed = change.map(
      (delivery): Delivery => ({
        ...delivery,
        idempotencyKey: `t1/${delivery.participant}/${delivery.event.type}/${subjectOf(delivery.event)}`,
        attempt: 1,
      }),
    );
    const at = 12;
    const retried = [
      ...keyed.slice(0, at),
      { ...(keyed[at] as Delivery), outcome: "threw" as const },
      { ...(keyed[at] as Delivery), attempt: 2 },
      ...keyed.slice(at + 1),
    ];
    const again = contractTrace({ ...request, command: "signaled", from: AFTER, to: AFTER });
    const parts = [
      up,
      part({ command: "signaled", to: AFTER }, retried),
      part({ command: "signaled", to: AFTER }, again),
    ];
    expect(historyLaws(parts, "documented", { participants })).toEqual([]);
  });

  it("a new process, in which volatile participants begin from nothing and durable ones from where they were", () => {
    const to: TopologyLike = AFTER;
    const events = {
      a: contractEvents(UNTOLD_STANDING, to),
      b: contractEvents({ ...standingAt(BEFORE), up: false }, to),
    };
    const rows = contractTrace({ ...request, command: "up", to }).concat(change);
    const deliveries: Delivery[] = [];
    for (const type of ["Up", ...new Set(change.map(({ event }) => event.type))] as const) {
      const names = rows.filter(({ event }) => event.type === type).map(({ participant }) => participant);
      for (const name of new Set(names)) {
        for (const event of events[name as "a" | "b"].get(type) ?? []) deliveries.push({ participant: name, event });
      }
    }
    const again = part({ command: "up", to, restarted: true }, deliveries);
    expect(historyLaws([up, again], "documented", { participants, durable: ["b"] })).toEqual([]);
    expect(historyLaws([up, again], "documented", { participants }).map(({ law }) => law)).toContain("nothing-lost");
  });
});

describe("historyLaws refuse", () => {
  it("subjects in the wrong order, which is known where everyone has arrived, up or down", () => {
    const down = contractTrace({ ...request, command: "down", from: BEFORE });
    const isGone = ({ event }: Delivery): boolean => event.type === "VolumeGroupDestroyed";
    const at = down.findIndex(isGone);
    const backwards = participants
      .toReversed()
      .flatMap((name) => down.filter((each) => isGone(each) && each.participant === name).reverse());
    const wrong = [...down.slice(0, at), ...backwards, ...down.slice(at + backwards.length)];
    const violations = historyLaws([up, part({ command: "down" }, wrong)], "documented", { participants });
    expect(new Set(violations.map(({ law, part: where }) => `${where} ${law}`))).toEqual(new Set(["1 subject-order"]));
    expect(historyLaws([up, part({ command: "down" }, down), up], "documented", { participants })).toEqual([]);
  });

  it("a change measured against a state that nobody is in: the original's lost reload", () => {
    const failed = part({ command: "signaled", to: AFTER, ended: "failed" }, change.slice(0, 20));
    const nothingLeft = contractTrace({ ...request, command: "signaled", from: AFTER, to: AFTER });
    const violations = historyLaws([up, failed, part({ command: "signaled", to: AFTER }, nothingLeft)], "documented", {
      participants,
    });
    expect(violations.every((each) => each.part === 2)).toBe(true);
    expect(violations.map(({ law }) => law)).toContain("nothing-lost");
    expect(violations.map(({ message }) => message)).toContain(
      "a may not be told SignaledStart: its gate is closed already; closing it twice is a deadlock.",
    );
  });
});
