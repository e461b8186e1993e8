/** A trace records what was delivered to whom, in order, with how it ended. */
import { describe, expect, it } from "vitest";
import type { ParticipantCallbacks, StepContext } from "../../src/effects/participant.ts";
import { CALLBACK_NAMES, CALLBACKS, CONTRACT_CALLBACKS } from "../../src/plan/lifecycle-event.ts";
import { type Delivery, eventText, recordingParticipants, traceRecorder } from "../../src/testing/trace.ts";

const context = { idempotencyKey: "t1/fs/ServeVolume/A", transitionId: "t1", attempt: 2 } as StepContext;
const serve = { type: "ServeVolume", volumeName: "A" } as const;

describe("traceRecorder", () => {
  it("records into one list for all participants, in call order", () => {
    const recorder = traceRecorder();
    const fs = recorder.participant("fs");
    const inode = recorder.participant("inode");
    fs.up?.({ type: "Up" }, context);
    inode.up?.({ type: "Up" }, context);
    fs.serveVolume?.(serve, context);
    expect(recorder.trace.map(({ participant, event }) => `${participant} ${eventText(event)}`)).toEqual([
      "fs Up",
      "inode Up",
      "fs ServeVolume A",
    ]);
  });

  it("keeps key, transition, attempt and outcome", () => {
    const recorder = traceRecorder();
    recorder.participant("fs").serveVolume?.(serve, context);
    expect(recorder.trace).toEqual([
      {
        participant: "fs",
        event: serve,
        idempotencyKey: "t1/fs/ServeVolume/A",
        transitionId: "t1",
        attempt: 2,
        outcome: "applied",
      },
    ]);
  });

  it("records a callback that is called by hand, without a context", () => {
    const recorder = traceRecorder();
    const fs = recorder.participant("fs") as { readonly up: (event: { readonly type: "Up" }) => void };
    fs.up({ type: "Up" });
    expect(recorder.trace).toEqual([{ participant: "fs", event: { type: "Up" }, outcome: "applied" }]);
  });

  it("has all 13 callbacks by itself, and of a participant's own exactly those it has", () => {
    const recorder = traceRecorder();
    expect(Object.keys(recorder.participant("fs")).sort()).toEqual(
      CONTRACT_CALLBACKS.map((name) => CALLBACKS[name].method).sort(),
    );
    expect(Object.keys(recorder.participant("own", { serveVolume() {} }))).toEqual(["serveVolume"]);
  });

  it("passes the answer on and notes how it ended, then or later", async () => {
    const recorder = traceRecorder();
    let open = (): void => {};
    const own = recorder.participant("own", {
      serveVolume: () => Promise.reject(new Error("disk on fire")),
      unserveVolume: () => {
        throw new Error("busy");
      },
      up: () =>
        new Promise<void>((resolve) => {
          open = resolve;
        }),
    });
    await expect(own.serveVolume?.(serve, context)).rejects.toThrow("disk on fire");
    expect(() => own.unserveVolume?.({ type: "UnserveVolume", volumeName: "A" }, context)).toThrow("busy");
    const pending = own.up?.({ type: "Up" }, context);
    expect(recorder.trace.map((delivery) => delivery.outcome)).toEqual(["threw", "threw", "pending"]);
    open();
    await pending;
    expect(recorder.trace[2]?.outcome).toBe("applied");
  });

  it("calls a participant's callbacks on the participant, so that a class instance works", () => {
    class Mounts {
      readonly served: string[] = [];
      serveVolume(event: { readonly volumeName: string }): void {
        this.served.push(event.volumeName);
      }
    }
    const mounts = new Mounts();
    traceRecorder()
      .participant("mounts", mounts as ParticipantCallbacks)
      .serveVolume?.(serve, context);
    expect(mounts.served).toEqual(["A"]);
  });

  it("keeps what is not a callback, so that registering refuses it as without the recorder", () => {
    const recorder = traceRecorder();
    const misspelt = { serverVolume() {}, up: 1 } as unknown as ParticipantCallbacks;
    expect(recorder.participant("own", misspelt)).toEqual(misspelt);
  });

  it("parts the trace at marks, empty parts included", () => {
    const recorder = traceRecorder<string>();
    const fs = recorder.participant("fs");
    recorder.mark("first");
    fs.up?.({ type: "Up" }, context);
    recorder.mark("empty");
    recorder.mark("last");
    fs.signaledFinish?.({ type: "SignaledFinish" }, context);
    expect(recorder.parts().map(({ info, deliveries }) => [info, deliveries.map(({ event }) => event.type)])).toEqual([
      ["first", ["Up"]],
      ["empty", []],
      ["last", ["SignaledFinish"]],
    ]);
    recorder.clear();
    expect([recorder.trace, recorder.parts()]).toEqual([[], []]);
  });
});

describe("recordingParticipants", () => {
  it("makes named participants that share a log, with the further callbacks where asked", () => {
    const log: Delivery[] = [];
    const [first, second] = recordingParticipants(["p1", "p2"], log, CALLBACK_NAMES);
    second?.callbacks.volumeChanged?.({ type: "VolumeChanged", volumeName: "A", volumeGroupName: "G" }, context);
    first?.callbacks.down?.({ type: "Down" }, context);
    expect(log.map(({ participant, event }) => [participant, event.type])).toEqual([
      ["p2", "VolumeChanged"],
      ["p1", "Down"],
    ]);
  });
});
