/**
 * The conf corpus of the original, read from disk: what was accepted there gives the same ConfMap here, what was refused is
 * refused with a line. Where we differ on purpose, the table below says how, case by case.
 */

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConf } from "../../src/conf/conf-file.ts";
import type { ConfMap } from "../../src/conf/conf-map.ts";
import { parseConf } from "../../src/conf/conf-text.ts";
import { readReference } from "../reference/read-reference.ts";
import { withFolder } from "./conf-folder.ts";
import { refusalOf } from "./refusal-of.ts";

interface CorpusCase {
  readonly id: string;
  readonly tags: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly files_base64?: Readonly<Record<string, string>>;
  readonly overrides: readonly string[];
  readonly ok: boolean;
  readonly error: string;
  readonly confMap: Values | null;
  readonly dump: string | null;
}

type Values = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** Ours where the original did otherwise: the values, or that it is refused. `docs/conf.md` has a line for each kind. */
const DEVIATIONS: Readonly<Record<string, { readonly why: string; readonly ours: Values | "refused" }>> = {
  ...deviation("blanks around a comma are one separator", {
    "cdev-0008": { "TcMFz:PxY": { JKPJD: ["c9b", "218133354"], SqF: ["yes", "583ms"] } },
    "cdev-0073": {
      nZbTQMW: { cjzH: ["365h", "No", "543603081"] },
      iJ: { fV: ["177969244", "519ms", "24.601", "5.417"] },
      olJwUGF6: { FhF: ["823ms", "ipoW"] },
      DYNopweRv: { ba: ["324h"] },
    },
    "cdev-0088": { nx: { YtsG: ["/ugUYsI/dBS336.Zl", "786935450"], "eE-Lfs": ["LwaeNhOb_", "NcIQsA5D"] } },
    "cdev-0153": {
      fTf2WCXl0: { WSGhWNA: ["NMpM", "ds", "624s"] },
      d0bdtUh: { rP7Km: ["Jtl", "755242511", "889922140", "/f42OGNF3g/CM.n8Q"] },
      ETw: { sAQIwOr: ["619308287", "true"] },
      WrMs: { Xvv: ["379m"] },
    },
    "cdev-0168": { Rq: { Ad98: ["947974143", "/IQFuBs9/qV.czN", "736884483"], zPJ: ["256635384", "31.367"] } },
  }),
  ...deviation("a header with characters that the original dropped is refused", {
    "cdev-0044": "refused",
    "cdev-0045": "refused",
    "cdev-0124": "refused",
    "cdev-0125": "refused",
  }),
  ...deviation("the last line needs no newline", {
    "cdev-0023": { hIYwa0Tz: { drbOY: ["434848800"] }, A6ARX5: { "BuK-ivw": ["181ms"], MH3cOU: ["irL0rHdro", "Ze"] } },
    "cdev-0033": { KOz: { jEdeX: ["rHBHANXbG"], xaB1o6c: ["nbjc-ZB"] } },
    "cdev-0103": {
      "x3S:rDj": { etWDsEz: ["http://Ur6DPYKXC.SN:34556/LBM2", "XN6lN3Xh", "ej6f76"] },
      g5kw8RB: { VBMvp8DCh: ["PuszPMdAE", "3m", "ulbEY9"], ZdLt1a: ["Ux", "true", "/he238Jkwy/N6gzwoLnw.RX"] },
    },
    "cdev-0113": {
      "iJzVdl:Ke": { jqdR: ["55.158", "false"], qtv: ["/El8/t8yAjnbX.PU_", "127.107.200.185/18", "1068798618"] },
    },
    "cdev-0183": {
      k7: { gGOUZew: ["tVWUU", "49.177.84.115/11", "GUiuVWi4"] },
      AMNNcp: { TiUhQYfuA: ["pFwoJFH", "534h"], zT7B: ["/u-J/LwRws.lu"] },
    },
    "cdev-0193": {
      "Jl3:bMmNz": {
        rBJXdS: ["880ms", "http://B2MjTra.TpX:26576/s3-voQ"],
        Opyg8: ["781m", "UUEOern", "287m"],
      },
    },
    "cdev-0199": { Xy: { e9SOnq6: [":", "f1/"] } },
  }),
  ...deviation("a leading byte order mark is skipped", { "cdev-0037": {}, "cdev-0117": {} }),
  ...deviation("lines may end in CRLF", {
    "cdev-0057": { cecJE5: { Cam_MT: [] } },
    "cdev-0137": { fc: { yMm7Xa: ["tTR"] } },
    "cdev-0221": {
      "d-EAzsw": { YddEEbQe: ["http://VlIH4.fwxy6oi9:36653/C6", "FN", "/gO2/n128Xx1.l-", "585ms"] },
    },
  }),
};

function deviation(why: string, cases: Readonly<Record<string, Values | "refused">>): typeof DEVIATIONS {
  return Object.fromEntries(Object.entries(cases).map(([id, ours]) => [id, { why, ours }]));
}

const corpus = readReference<CorpusCase>("conf-corpus");

describe("the corpus of the original", () => {
  test("is all there", () => {
    expect(corpus).toHaveLength(260);
    expect(Object.keys(DEVIATIONS).filter((id) => !corpus.some((entry) => entry.id === id))).toEqual([]);
  });

  test.each(corpus.map((entry) => [entry.id, entry.tags.join(" "), entry] as const))(
    "%s: %s",
    async (id, _tags, entry) => {
      const ours = DEVIATIONS[id]?.ours ?? (entry.ok && entry.confMap !== null ? entry.confMap : "refused");
      if (ours === "refused") {
        const refusal = await refusalOf(() => load(entry));
        expect(refusal.code).toMatch(/^CONF_/);
        expect(refusal.file).toBeTruthy();
        expect(refusal.line).toBeGreaterThan(0);
      } else {
        const confMap = await load(entry);
        expect(confMap.toJSON()).toEqual(ours);
        expect(parseConf(confMap.dump()).equals(confMap)).toBe(true);
        if (DEVIATIONS[id] === undefined) expect(asOriginal(confMap.dump())).toBe(withoutPadding(entry.dump ?? ""));
      }
    },
  );

  test("differs from the original only where the table says so", () => {
    for (const [id, { why, ours }] of Object.entries(DEVIATIONS)) {
      const entry = corpus.find((candidate) => candidate.id === id);
      expect(
        ours === "refused" ? entry?.ok : JSON.stringify(entry?.confMap) !== JSON.stringify(ours),
        `${id}: ${why}`,
      ).toBe(true);
    }
  });
});

async function load(entry: CorpusCase): Promise<ConfMap> {
  const binary = Object.entries(entry.files_base64 ?? {}).map(([name, text]) => [name, Buffer.from(text, "base64")]);
  return withFolder({ ...entry.files, ...Object.fromEntries(binary) }, (folder) =>
    loadConf(join(folder, "main.conf"), { overrides: entry.overrides }),
  );
}

/** Our dump as the original wrote it: without escapes, apart from blanks at the end of a line, which say nothing. */
function asOriginal(dump: string): string {
  return withoutPadding(dump.replaceAll("\\u0020", " ").replaceAll("\\u002C", ","));
}

function withoutPadding(dump: string): string {
  return dump.replace(/ +$/gm, "");
}
