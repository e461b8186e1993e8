/**
 * A CPU profile, read: how much of the time is each function's own, and how much of it was collecting on its behalf.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProcess } from "./figures.ts";

/** One function's share of a profile: 0 to 1. */
export interface Share {
  readonly name: string;
  readonly own: number;
  /** The collector, while it ran: whoever allocates when the young generation is full is not always who filled it. */
  readonly collecting: number;
}

interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
}

/** The largest shares in a life of so many volumes, without the yardstick and the benchmark itself. */
export function profileLife(volumes: number, rounds: number): readonly Share[] {
  const folder = mkdtempSync(join(tmpdir(), "signaled-profile-"));
  try {
    runProcess(
      "size-process",
      [String(volumes), String(rounds), "memory"],
      ["--cpu-prof", "--cpu-prof-interval", "200", "--cpu-prof-dir", folder],
    );
    const [file] = readdirSync(folder);
    return sharesOf(JSON.parse(readFileSync(join(folder, file ?? ""), "utf8")) as CpuProfile);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function sharesOf({ nodes, samples, timeDeltas }: CpuProfile): readonly Share[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const own = new Map<string, number>();
  const collecting = new Map<string, number>();
  let total = 0;
  let last: ProfileNode | undefined;
  samples.forEach((id, i) => {
    const node = byId.get(id);
    const isCollector = node?.callFrame.functionName === "(garbage collector)";
    if (!isCollector) last = node;
    if (last === undefined || !last.callFrame.url.includes("/dist/")) return;
    const { functionName } = last.callFrame;
    const times = isCollector ? collecting : own;
    const time = timeDeltas[i] ?? 0;
    times.set(functionName, (times.get(functionName) ?? 0) + time);
    total += time;
  });
  return [...own]
    .map(([name, time]) => ({ name, own: time / total, collecting: (collecting.get(name) ?? 0) / total }))
    .sort((a, b) => b.own + b.collecting - a.own - a.collecting)
    .slice(0, 14);
}
