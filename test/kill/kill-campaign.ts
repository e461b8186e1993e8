/**
 * The kill campaign: the real service, killed at random moments, again and again, with its conf edited in between.
 *
 * What its participants wrote down must make sense once duplicates are removed by key: nothing was told twice, nothing was
 * told out of order, and after all of it a clean stop leaves nothing behind.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { LifecycleEvent } from "../../src/plan/lifecycle-event.ts";
import { type StrictParticipant, strictParticipant } from "../../src/testing/strict-participant.ts";
import { RunningService } from "../cli/signaled-program.ts";
import { Workplace } from "../cli/workplace.ts";

export interface KillCampaignResult {
  readonly kills: number;
  readonly reloads: number;
  /** Steps that took effect, each counted once. */
  readonly steps: number;
  /** Steps that were told again after a kill, under their old key, though they had taken effect. */
  readonly redelivered: number;
  readonly complaints: readonly string[];
}

const GROUPS = ["VG_A", "VG_B", "VG_C"];
const VOLUMES = ["VolumeA", "VolumeB", "VolumeC", "VolumeD", "VolumeE"];
const PEERS = ["Peer0", "Peer0", "Peer1", ""];
const PARTICIPANTS = { mounts: "durable", cache: "volatile", addresses: "durable" } as const;

/** Kills the service so many times. `random` gives numbers from 0 to 1 and decides everything but the machine's own timing. */
export async function killCampaign(kills: number, random: () => number): Promise<KillCampaignResult> {
  const workplace = new Workplace();
  const module = new URL("durable-participants.mjs", import.meta.url).pathname;
  let reloads = 0;
  try {
    workplace.conf({ groups: randomGroups(random) });
    for (let kill = 0; kill < kills; kill++) {
      const service = await start(workplace, module);
      // Half of the kills hit the start, where everything that was known is taken up again; half hit reloads.
      if (random() < 0.5) await wait(150 + random() * 250);
      else {
        await service.up();
        for (let i = 0; i <= random() * 2; i++) {
          workplace.conf({ groups: randomGroups(random) });
          service.process.kill("SIGHUP");
          reloads++;
          await wait(random() * 60);
        }
      }
      if (random() < 0.3) workplace.conf({ groups: randomGroups(random) });
      await service.kill();
    }
    const last = await start(workplace, module);
    await last.up();
    last.process.kill("SIGTERM");
    const exit = await last.exit;
    const judged = Object.entries(PARTICIPANTS).map(([name, kind]) =>
      judge(name, kind, workplace.lines(`told-${name}.jsonl`)),
    );
    return {
      kills,
      reloads,
      steps: sum(judged.map(({ steps }) => steps)),
      redelivered: sum(judged.map(({ redelivered }) => redelivered)),
      complaints: [
        ...(exit === 0 ? [] : [`the last stop ended with ${exit}:\n${last.text}`]),
        ...judged.flatMap(({ complaints }) => complaints),
      ],
    };
  } finally {
    workplace.remove();
  }
}

function start(workplace: Workplace, module: string): Promise<RunningService> {
  return RunningService.start(["peer.conf", "--participants", module], { cwd: workplace.folder });
}

function randomGroups(random: () => number): Record<string, [string, ...string[]]> {
  const names = GROUPS.filter(() => random() < 0.8);
  const groups = Object.fromEntries(
    names.map((name): [string, [string, ...string[]]] => [name, [pick(PEERS, random)]]),
  );
  for (const volume of VOLUMES) {
    const name = names.length === 0 || random() < 0.2 ? undefined : pick(names, random);
    if (name !== undefined) groups[name]?.push(volume);
  }
  return groups;
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)] as Item;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Plays what a participant wrote down to the model of what it may assume. */
function judge(name: string, kind: "durable" | "volatile", lines: readonly string[]) {
  let model: StrictParticipant = strictParticipant({ whoAmI: "Peer0" });
  const keys = new Set<string>();
  let redelivered = 0;
  for (const line of lines) {
    const told = parsed(line);
    if (told === undefined) continue;
    if ("start" in told) model = model.restarted(kind);
    else {
      if (keys.has(told.key)) redelivered++;
      keys.add(told.key);
      model.deliver(told.event, told.key);
    }
  }
  const end = model.endsAt(undefined);
  const complaints = [...model.complaints, ...(end === undefined ? [] : [`at the end: ${end}`])].map(
    (complaint) => `${name}: ${complaint}`,
  );
  return { steps: keys.size, redelivered, complaints };
}

/** A line that a kill cut short is no effect. */
function parsed(
  line: string,
): { readonly start: number } | { readonly key: string; readonly event: LifecycleEvent } | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
