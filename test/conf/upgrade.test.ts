/**
 * The upgrade of confs from before volume groups: the original's cases, and what ours adds: the conf that was given stays as
 * it was, an upgrade is whole or refused, and what is carried over still knows where it stands.
 */

import { describe, expect, test } from "vitest";
import { ConfMap, type ConfValues } from "../../src/conf/conf-map.ts";
import { parseConf } from "../../src/conf/conf-text.ts";
import { upgradeConfMapIfNeeded } from "../../src/conf/upgrade.ts";
import { readReference } from "../reference/read-reference.ts";
import { refusalOf } from "./refusal-of.ts";

interface UpgradeCase {
  readonly id: string;
  readonly tags: readonly string[];
  readonly confMap: ConfValues;
  readonly ok: boolean;
  readonly upgraded: ConfValues | null;
}

describe("the upgrades of the original", () => {
  const cases = readReference<UpgradeCase>("upgrade");

  test("are all there", () => {
    expect(cases).toHaveLength(72);
  });

  test.each(cases.map((entry) => [entry.id, entry.tags.join(" "), entry] as const))(
    "%s: %s",
    async (_id, _tags, entry) => {
      const confMap = ConfMap.from(entry.confMap);
      if (entry.ok) {
        const upgraded = upgradeConfMapIfNeeded(confMap);
        expect(upgraded.toJSON()).toEqual(entry.upgraded);
        expect(upgradeConfMapIfNeeded(upgraded)).toBe(upgraded);
        expect(ConfMap.fromSource(upgraded.source()).equals(upgraded)).toBe(true);
      } else {
        expect((await refusalOf(() => upgradeConfMapIfNeeded(confMap))).code).toBe("UPGRADE_REFUSED");
      }
      expect(confMap.toJSON()).toEqual(entry.confMap);
    },
  );
});

const LEGACY = `[Cluster]
WhoAmI: Peer0
[FSGlobals]
VolumeList: V
[Volume:V]
PrimaryPeer: Peer0
FlowControl: F
[FlowControl:F]
MaxFlushSize: 1
MaxFlushTime: 2s
ReadCacheLineSize: 3
ReadCacheWeight: 4
`;

describe("an upgraded conf", () => {
  const upgraded = upgradeConfMapIfNeeded(parseConf(LEGACY, { file: "old.conf" }));

  test("keeps the place of every option that was carried over", () => {
    expect(upgraded.origin("FSGlobals", "VolumeGroupList")).toEqual({ file: "old.conf", line: 4 });
    expect(upgraded.origin("VolumeGroup:V", "PrimaryPeer")).toEqual({ file: "old.conf", line: 6 });
    expect(upgraded.origin("VolumeGroup:V", "ReadCacheWeight")).toEqual({ file: "old.conf", line: 12 });
    expect(upgraded.origin("Volume:V", "MaxFlushTime")).toEqual({ file: "old.conf", line: 10 });
  });

  test("can be made again from its source, places included", () => {
    const again = ConfMap.fromSource(JSON.parse(JSON.stringify(upgraded.source())));
    expect(again.equals(upgraded)).toBe(true);
    expect(again.origin("VolumeGroup:V", "PrimaryPeer")).toEqual({ file: "old.conf", line: 6 });
    expect(again.hash).toBe(upgraded.hash);
  });

  test("has another identity than the conf that it was made of", () => {
    expect(upgraded.hash).not.toBe(parseConf(LEGACY, { file: "old.conf" }).hash);
  });

  test.each([
    ["MaxFlushTime: 2s", "FlowControl:F", "MaxFlushTime", 9],
    ["FlowControl: F", "Volume:V", "FlowControl", 6],
    ["PrimaryPeer: Peer0", "Volume:V", "PrimaryPeer", 6],
  ])("is refused without %s, with the section, the option and a place", async (line, section, option, place) => {
    const broken = parseConf(LEGACY.replace(`${line}\n`, ""), { file: "old.conf" });
    const refusal = await refusalOf(() => upgradeConfMapIfNeeded(broken));
    expect(refusal).toMatchObject({ code: "UPGRADE_REFUSED", section, option, file: "old.conf", line: place });
  });
});
