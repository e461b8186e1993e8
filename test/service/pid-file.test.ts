/** The process id file: whose it is, and who may write it. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claimPidFile } from "../../src/service/pid-file.ts";
import { Workplace } from "../cli/workplace.ts";

let work: Workplace;
let path: string;
beforeEach(() => {
  work = new Workplace();
  path = work.path("signaled.pid");
});
afterEach(() => work.remove());

const mine = `${process.pid}\n`;

test("names its process, and is removed by it", () => {
  const remove = claimPidFile(path, false);
  expect(readFileSync(path, "utf8")).toBe(mine);
  remove();
  expect(existsSync(path)).toBe(false);
});

test("what a killed service left is replaced: nobody, nonsense, or a number that another process has got since", async () => {
  const ended = spawn("true");
  await new Promise((done) => ended.once("exit", done));
  for (const left of [`${ended.pid}\n`, "soon\n", "", "-1\n", mine]) {
    writeFileSync(path, left);
    claimPidFile(path, false);
    expect(readFileSync(path, "utf8")).toBe(mine);
  }
  // This process's parent is alive, and younger than the file.
  writeFileSync(path, `${process.ppid}\n`);
  utimesSync(path, 1, 1);
  claimPidFile(path, false);
  expect(readFileSync(path, "utf8")).toBe(mine);
});

test("that of a live service is left alone, but by one that takes over; then it is the newer one's", () => {
  writeFileSync(path, `${process.ppid}\n`);
  expect(() => claimPidFile(path, false)).toThrow(
    expect.objectContaining({ code: "USAGE", message: expect.stringContaining(`names the process ${process.ppid}`) }),
  );
  expect(readFileSync(path, "utf8")).toBe(`${process.ppid}\n`);
  const remove = claimPidFile(path, true);
  expect(readFileSync(path, "utf8")).toBe(mine);
  writeFileSync(path, `${process.ppid}\n`);
  remove();
  expect(existsSync(path)).toBe(true);
});

test("where it cannot be written, that is said, and nothing is left behind", () => {
  expect(() => claimPidFile(work.path("none/signaled.pid"), false)).toThrow("none/signaled.pid cannot be written");
});
