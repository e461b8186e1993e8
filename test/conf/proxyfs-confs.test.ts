/**
 * The configuration files that ProxyFS itself came with, read where they lie beside the checkout: complete ones, fragments,
 * those of before volume groups, and files of other programs that must be refused.
 */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { loadConf } from "../../src/conf/conf-file.ts";
import { parseConf } from "../../src/conf/conf-text.ts";
import { upgradeConfMapIfNeeded } from "../../src/conf/upgrade.ts";
import { refusalOf } from "./refusal-of.ts";

const ROOT = fileURLToPath(new URL("../../../shared/confs/proxyfs", import.meta.url));
const here = existsSync(ROOT);
if (!here) console.warn(`SKIPPED: the configuration files of ProxyFS are not at ${ROOT}`);

const files = here
  ? readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".conf"))
  : [];

/** Files of other programs, with the line at which they stop being of the dialect. */
const REFUSED: Readonly<Record<string, number>> = {
  "ci/ansible/tasks/files/etc/etcd/etcd.conf": 1,
  "saio/etc/samba/smb.conf": 3,
  "confgen/sample-proxyfs-configuration/samba/smb.conf": 5,
};

/** Complete files, with the number of their sections and options, includes and all. */
const COMPLETE = [
  ["proxyfsd/default.conf", 23, 168],
  ["proxyfsd/proxyfsd0.conf", 26, 176],
  ["proxyfsd/saioproxyfsd0.conf", 26, 176],
  ["proxyfsd/macproxyfsd3.conf", 29, 188],
  ["proxyfsd/proxyfsd2.conf", 28, 182],
  ["sait/sait1/proxyfs.conf", 27, 180],
  ["saio/proxyfs.conf", 26, 179],
  ["saio/container/proxyfs.conf", 25, 174],
  ["confgen/sample-proxyfs-configuration/proxyfs.conf", 21, 268],
  ["confgen/mac.conf", 26, 176],
  ["ramswift/ramswift0.conf", 27, 181],
  ["pfs-restart-test/macramswift0.conf", 28, 188],
  ["history/1.8.0/proxyfsd/default.conf", 20, 103],
  ["history/1.8.0/proxyfsd/macproxyfsd3.conf", 25, 114],
] as const;

describe.skipIf(!here)("ProxyFS's own configuration files", () => {
  test("are all there", () => {
    expect(files).toHaveLength(91);
  });

  test.each(files.filter((name) => REFUSED[name] === undefined))(
    "%s is read, and its dump reads back",
    async (name) => {
      const confMap = await loadConf(join(ROOT, name));
      expect(parseConf(confMap.dump()).equals(confMap)).toBe(true);
    },
  );

  test.each(Object.entries(REFUSED))("%s is refused at line %i", async (name, line) => {
    const refusal = await refusalOf(() => loadConf(join(ROOT, name)));
    expect(refusal).toMatchObject({ code: "CONF_SYNTAX", file: join(ROOT, name), line });
  });

  test.each(COMPLETE)("%s has %i sections and %i options", async (name, sections, options) => {
    const confMap = await loadConf(join(ROOT, name));
    expect(confMap.sections()).toHaveLength(sections);
    expect(confMap.sections().flatMap((section) => confMap.options(section))).toHaveLength(options);
  });

  test("of version 1.8.0 are upgraded to one group for their one volume", async () => {
    const confMap = await loadConf(join(ROOT, "history/1.8.0/proxyfsd/proxyfsd0.conf"));
    const upgraded = upgradeConfMapIfNeeded(confMap);
    expect(upgraded.strings("FSGlobals", "VolumeGroupList")).toEqual(["CommonVolume"]);
    expect(upgraded.string("VolumeGroup:CommonVolume", "PrimaryPeer")).toBe("Peer0");
    expect(upgraded.has("Volume:CommonVolume", "PrimaryPeer")).toBe(false);
  });

  test("keep what is odd in them", async () => {
    const agent = await loadConf(join(ROOT, "pfsagentd/pfsagent.conf"));
    const json = agent
      .sections()
      .flatMap((section) => agent.options(section).map((option) => agent.strings(section, option)));
    expect(
      json.flat().some((value) => value.startsWith("{") && value.includes(",") && JSON.parse(value) !== null),
    ).toBe(true);
    const cron = await loadConf(join(ROOT, "proxyfsd/default.conf"));
    const lists = cron
      .sections()
      .flatMap((section) => cron.options(section).map((option) => cron.strings(section, option)));
    expect(lists).toContainEqual(["*", "*", "*", "*", "*"]);
  });
});
