/** `signaled apply --plan`: what was reviewed is carried out, and nothing else; and what waiting looks like. */
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { liveLineOn } from "../../src/cli/live-line.ts";
import { planChanges } from "../../src/cli/plan-changes.ts";
import { progressText } from "../../src/cli/progress-bar.ts";
import type { ServiceProgress } from "../../src/service/control-protocol.ts";
import type { PlanJson } from "../../src/service/plan-json.ts";
import { RunningService } from "./signaled-program.ts";
import { type Typed, typed } from "./typed.ts";
import { Workplace } from "./workplace.ts";

describe("a reviewed plan", () => {
  let work: Workplace;
  let service: RunningService;
  const operate = (command: string, ...args: readonly string[]): Promise<Typed> =>
    typed(command, ...args, "--state-dir", work.path(".signaled"));

  beforeAll(async () => {
    work = new Workplace();
    work.conf();
    service = await (await RunningService.start(["peer.conf", "--no-http"], { cwd: work.folder })).up();
  });
  afterAll(async () => {
    await service.kill();
    work.remove();
  });

  const review = async (): Promise<string> => {
    const { out } = await operate("apply", "--dry-run", "--json");
    writeFileSync(work.path("plan.json"), out);
    return work.path("plan.json");
  };

  test("is carried out, once", async () => {
    work.conf({ groups: { VG_A: ["Peer0", "VolumeA", "VolumeC"], VG_B: ["Peer1", "VolumeB"] } });
    const plan = await review();
    expect(await operate("apply", "--plan", plan)).toMatchObject({
      code: 0,
      err: expect.stringMatching(/finished \w+\.2/),
    });
    const again = await operate("apply", "--plan", plan);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining("- ServeVolume VolumeC to logger") });
  });

  test("is refused with what differs, when the configuration has changed since", async () => {
    work.conf({ groups: { VG_A: ["Peer0", "VolumeA"] } });
    const plan = await review();
    work.conf({ groups: { VG_A: ["Peer0", "VolumeA", "VolumeD"] } });
    const before = service.lines.length;
    const { code, err } = await operate("apply", "--plan", plan);
    expect(code).toBe(1);
    const differences = err.split("\n").filter((line) => /^ +[-+] /.test(line));
    // That VolumeC leaves stands in both.
    expect(differences.map((line) => line.trim())).toEqual([
      "+ VolumeCreated VolumeD in VG_A to logger",
      "+ ServeVolume VolumeD to logger",
    ]);
    expect(service.lines.slice(before).map(({ msg }) => msg)).toEqual([]);
  });

  test("is a plan", async () => {
    const none = work.write("none.json", '{"hash": "x"}');
    for (const [args, why] of [
      [["--plan", none], "is no plan"],
      [["--plan", work.path("missing.json")], "cannot be read"],
      [["--plan", none, "--hash", "x"], "give one of them"],
    ] as const) {
      expect(await operate("apply", ...args)).toMatchObject({ code: 2, err: expect.stringContaining(why) });
    }
  });
});

test("plans with the same events differ in their order, or in what is behind them", () => {
  const event = (volumeName: string) => ({ type: "ServeVolume", volumeName }) as const;
  const phase = {
    callback: "ServeVolume",
    direction: "forward",
    events: [event("a"), event("b")],
    participants: ["p"],
  };
  const plan: PlanJson = { order: "documented", command: "signaled", hash: "1", phases: [phase] };
  expect(planChanges(plan, { ...plan, hash: "2" })).toEqual([expect.stringContaining("settings behind them")]);
  const turned = { ...plan, phases: [{ ...phase, events: [event("b"), event("a")] }] };
  expect(planChanges(plan, turned)).toEqual(["the events are the same, in another order"]);
  expect(planChanges(plan, { ...plan, order: "proxyfs" })).toEqual(["order: documented, now proxyfs"]);
  const many = { ...plan, phases: [{ ...phase, events: Array.from({ length: 30 }, (_, i) => event(`v${i}`)) }] };
  expect(planChanges(plan, many)).toHaveLength(2 + 20 + 1);
});

describe("the end of a terminal", () => {
  const progress = (transition: object): ServiceProgress => ({
    state: "signaling",
    queued: [],
    transition: {
      ...{ transitionId: "s.2", kind: "signaled", cause: { how: "signal" }, paused: false, done: 500, total: 2000 },
      ...{ elapsed: 12_400, callback: "ServeVolume", running: [{ subject: "alpha", elapsed: 5 }] },
      ...transition,
    },
  });

  test("has a bar for what takes its time, and none for what does not, or waits for a person", () => {
    expect(progressText(progress({}))).toBe(
      "reload ██████░░░░░░░░░░░░░░░░░░ 25 %  500 of 2000  12 s  ServeVolume alpha",
    );
    const several = [
      { subject: "a", elapsed: 1 },
      { subject: "b", elapsed: 1 },
    ];
    expect(progressText(progress({ running: several }))).toContain("ServeVolume a and 1 more");
    expect(progressText(progress({ elapsed: 300 }))).toBeUndefined();
    expect(progressText(progress({ held: { code: "X", message: "no" } }))).toBeUndefined();
    expect(progressText({ state: "up", queued: [] })).toBeUndefined();
  });

  test("is drawn over, cut to its width, and goes below what is to stay", () => {
    const written: string[] = [];
    const line = liveLineOn(
      (text) => void written.push(text),
      () => 24,
    );
    line.show("one");
    line.show("one");
    line.show("2\u001b[2Jx\ny and what is too long");
    line.above("a line of the log\n");
    line.clear();
    const erase = "\r\u001b[2K";
    const cut = "2\ufffd[2Jx y and what is t…";
    expect(written).toEqual([`${erase}one`, `${erase}${cut}`, erase, "a line of the log\n", `${erase}${cut}`, erase]);
  });
});
