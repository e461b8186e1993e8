/**
 * `--watch`: what is saved is gone to, whichever way an editor saves it, and what is refused is told once.
 */
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RunningService } from "../cli/signaled-program.ts";
import { Workplace } from "../cli/workplace.ts";

let work: Workplace;
let service: RunningService;

beforeAll(async () => {
  work = new Workplace();
  work.write("volumes.conf", volumes("VolumeA"));
  work.write("main.conf", main("volumes.conf"));
  // As a volume of a container has it: the name leads to where the files are at present.
  mkdirSync(work.path("first"));
  for (const name of ["main.conf", "volumes.conf"]) renameSync(work.path(name), work.path(`first/${name}`));
  symlinkSync("first", work.path("data"));
  service = await RunningService.start(["data/main.conf", "--watch", "--no-http"], { cwd: work.folder });
  await service.hears("the configuration is watched");
});
afterAll(async () => {
  await service.kill();
  work.remove();
});

function main(include: string, more = ""): string {
  return `[Cluster]\nWhoAmI = Peer0\nPeers = Peer0\n[FSGlobals]\nVolumeGroupList = VG\n[VolumeGroup:VG]\nPrimaryPeer = Peer0\nVirtualIPAddr =\n.include ./${include}\n${more}`;
}

function volumes(...names: readonly string[]): string {
  return `[VolumeGroup:VG]\nVolumeList = ${names.join(" ")}\n`;
}

/** What is logged from now on up to a line with the text. */
async function heard(text: string, act: () => void): Promise<readonly string[]> {
  const from = service.lines.length;
  act();
  await service.hears(text, from);
  return service.lines.slice(from).map(({ msg, volumeName }) => [msg, volumeName].filter(Boolean).join(" "));
}

/** As most editors do it: a new file, renamed over the old one. */
function replace(name: string, text: string): void {
  work.write(`${name}.new`, text);
  renameSync(work.path(`${name}.new`), work.path(name));
}

test("a file that is written, and one that is renamed over it, an included one too", async () => {
  const first = await heard("reload finished", () => work.write("first/volumes.conf", volumes("VolumeA", "VolumeB")));
  expect(first).toContain("ServeVolume VolumeB");
  const begins = service.lines.filter(({ msg }) => msg === "reload begins");
  expect(begins.at(-1)).toMatchObject({ how: "watch", who: work.path("data/main.conf") });
  for (const volume of ["VolumeC", "VolumeD"]) {
    const next = await heard("reload finished", () => replace("first/volumes.conf", volumes("VolumeA", volume)));
    expect(next).toContain(`ServeVolume ${volume}`);
  }
});

test("one that is refused is told once, and changes nothing; to put the old one back is nothing, too", async () => {
  const good = work.read("first/main.conf");
  const refused = await heard("reload refused", () => replace("first/main.conf", `${good}no assignment\n`));
  expect(refused.filter((line) => line.startsWith("reload refused"))).toEqual([
    expect.stringContaining("main.conf:10"),
  ]);
  const since = await heard("again the one that is in use", () => {
    // Saved again as it was.
    replace("first/main.conf", `${good}no assignment\n`);
    setTimeout(() => replace("first/main.conf", good), 800);
  });
  expect(since.filter((line) => line.startsWith("reload") || line === "SignaledStart")).toEqual([]);
});

test("a file that is only touched reaches nobody; an include that comes is watched, and one that went is not", async () => {
  const lines = await heard("reload finished", () => {
    utimesSync(work.path("first/main.conf"), 1, 1);
    setTimeout(() => {
      work.write("first/other.conf", volumes("VolumeE"));
      replace("first/main.conf", main("other.conf"));
    }, 800);
  });
  expect(lines.filter((line) => line === "SignaledStart")).toHaveLength(1);
  const next = await heard("reload finished", () => {
    rmSync(work.path("first/volumes.conf"));
    setTimeout(() => replace("first/other.conf", volumes("VolumeF")), 800);
  });
  expect(next).toContain("ServeVolume VolumeF");
  expect(next.filter((line) => line.startsWith("reload refused"))).toEqual([]);
});

test("a link that leads somewhere else", async () => {
  mkdirSync(work.path("second"));
  work.write("second/main.conf", main("other.conf"));
  work.write("second/other.conf", volumes("VolumeG"));
  symlinkSync("second", work.path("data.new"));
  const lines = await heard("reload finished", () => renameSync(work.path("data.new"), work.path("data")));
  expect(lines).toContain("ServeVolume VolumeG");
});
