/** The unit in the documentation is one that systemd accepts without a word, where there is systemd to ask. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Workplace } from "../cli/workplace.ts";

const hasAnalyze = spawnSync("systemd-analyze", ["--version"]).status === 0;
const unit = readFileSync(new URL("../../docs/signaled.service", import.meta.url), "utf8");

test.skipIf(!hasAnalyze)(
  `docs/signaled.service is accepted${hasAnalyze ? "" : ": there is no systemd-analyze"}`,
  () => {
    const work = new Workplace();
    try {
      // It is asked whether the program is there, which is not the unit's matter here.
      const file = work.write("signaled.service", unit.replaceAll("/usr/bin/signaled", process.execPath));
      const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" });
      expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: "" });
    } finally {
      work.remove();
    }
  },
);
