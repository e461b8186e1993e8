/**
 * Confs on disk: includes and where they lead, what is refused before anything is read wrongly, standard input, and the other
 * two forms that a file may have.
 */

import { mkdir, realpath, symlink } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, describe, expect, test, vi } from "vitest";
import { loadConf } from "../../src/conf/conf-file.ts";
import { ConfMap } from "../../src/conf/conf-map.ts";
import type { ConfSource } from "../../src/conf/conf-source.ts";
import { parseConf } from "../../src/conf/conf-text.ts";
import { withFolder } from "./conf-folder.ts";
import { refusalOf } from "./refusal-of.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("includes", () => {
  test("are relative to the file that includes, and leave its section", async () => {
    const files = {
      "main.conf": "[A]\nb = 1\n.include d/e/one.conf\n[Z]\ny = 1\n",
      "d/e/one.conf": "[A]\nb = 2\n.include ../two.conf\n",
      "d/two.conf": "[C]\nd = 3\n",
    };
    await withFolder(files, async (folder) => {
      const confMap = await loadConf(join(folder, "main.conf"));
      expect(confMap.toJSON()).toEqual({ A: { b: ["2"] }, C: { d: ["3"] }, Z: { y: ["1"] } });
      expect(confMap.origin("C", "d")).toEqual({ file: join(folder, "d/two.conf"), line: 2 });
      expect(ConfMap.fromSource(JSON.parse(JSON.stringify(confMap.source())) as ConfSource).equals(confMap)).toBe(true);
    });
  });

  test("may name a file more than once", async () => {
    const files = { "main.conf": ".include a.conf\n[A]\nb = 2\n.include a.conf\n", "a.conf": "[A]\nb = 1\n" };
    await withFolder(files, async (folder) => {
      expect((await loadConf(join(folder, "main.conf"))).string("A", "b")).toBe("1");
    });
  });

  test("that go round in a circle are refused with the chain", async () => {
    const files = {
      "main.conf": "[A]\n.include a.conf\n",
      "a.conf": ".include d/b.conf\n",
      "d/b.conf": "# back\n.include ../a.conf\n",
      "self.conf": ".include ./self.conf\n",
    };
    await withFolder(files, async (folder) => {
      const refusal = await refusalOf(() => loadConf(join(folder, "main.conf")));
      expect(refusal).toMatchObject({ code: "CONF_INCLUDE_CYCLE", file: join(folder, "d/b.conf"), line: 2 });
      const chain = ["main.conf", "a.conf", "d/b.conf", "a.conf"].map((name) => join(folder, name)).join(" includes ");
      expect(refusal.message).toContain(chain);
      expect((await refusalOf(() => loadConf(join(folder, "self.conf")))).code).toBe("CONF_INCLUDE_CYCLE");
    });
  });

  test("that go round in a circle through links are refused, though no path comes twice", async () => {
    await withFolder({ "main.conf": ".include up/main.conf\n" }, async (folder) => {
      await symlink(folder, join(folder, "up"));
      expect((await refusalOf(() => loadConf(join(folder, "main.conf")))).code).toBe("CONF_INCLUDE_CYCLE");
    });
  });

  test("of the same file by two ways are no circle", async () => {
    const files = {
      "main.conf": ".include a.conf\n.include b.conf\n",
      "a.conf": ".include c.conf\n",
      "b.conf": ".include c.conf\n",
      "c.conf": "[C]\nd = 1\n",
    };
    await withFolder(files, async (folder) => {
      expect((await loadConf(join(folder, "main.conf"))).toJSON()).toEqual({ C: { d: ["1"] } });
    });
  });

  test.each(["missing.conf", "folder", "main.conf/"])(
    "of %s are refused with the line of the include",
    async (target) => {
      await withFolder({ "main.conf": `[A]\nb = 1\n.include ${target}\n` }, async (folder) => {
        await mkdir(join(folder, "folder"));
        const refusal = await refusalOf(() => loadConf(join(folder, "main.conf")));
        expect(refusal).toMatchObject({ code: "CONF_UNREADABLE", file: join(folder, "main.conf"), line: 3 });
        expect(refusal.message).toContain(join(folder, target));
      });
    },
  );

  test("in a dialect that is wrong are refused with their own file and line", async () => {
    await withFolder({ "main.conf": ".include a.conf\n", "a.conf": "\n[A]\nb\n" }, async (folder) => {
      const refusal = await refusalOf(() => loadConf(join(folder, "main.conf")));
      expect(refusal).toMatchObject({ code: "CONF_SYNTAX", file: join(folder, "a.conf"), line: 3 });
    });
  });

  test("are always in the conf dialect, whatever their names end in", async () => {
    await withFolder({ "main.conf": ".include a.ini\n", "a.ini": "[A]\nb : 1, 2\n" }, async (folder) => {
      expect((await loadConf(join(folder, "main.conf"))).strings("A", "b")).toEqual(["1", "2"]);
    });
  });

  test("may be nested ten thousand deep", () => {
    const files: Record<string, string> = {};
    for (let at = 0; at < 10_000; at++) files[`${at}.conf`] = at < 9_999 ? `.include ${at + 1}.conf\n` : "[A]\nb = 1\n";
    expect(parseConf(".include 0.conf\n", { file: "main.conf", files }).toJSON()).toEqual({ A: { b: ["1"] } });
  });

  test("that double at every level are refused instead of being followed for ever", async () => {
    const files: Record<string, string> = {};
    for (let at = 0; at < 60; at++) files[`${at}.conf`] = `.include ${at + 1}.conf\n.include ${at + 1}.conf\n`;
    files["60.conf"] = "[A]\nb = 1\n";
    const refusal = await refusalOf(() => parseConf(".include 0.conf\n", { file: "main.conf", files }));
    expect(refusal.code).toBe("CONF_INCLUDE_LIMIT");
    expect(refusal.line).toBeGreaterThan(0);
  });
});

describe("links", () => {
  test("that double the ways to every file are refused instead of being followed for ever", async () => {
    const files: Record<string, string> = { "30.conf": "" };
    for (let at = 0; at < 30; at++) files[`${at}.conf`] = `.include a/${at + 1}.conf\n.include b/${at + 1}.conf\n`;
    await withFolder(files, async (folder) => {
      await symlink(folder, join(folder, "a"));
      await symlink(folder, join(folder, "b"));
      expect((await refusalOf(() => loadConf(join(folder, "0.conf")))).code).toBe("CONF_INCLUDE_LIMIT");
    });
  });
});

describe("an include root", () => {
  const files = {
    "etc/main.conf": ".include in/ok.conf\n",
    "etc/in/ok.conf": "[A]\nb = 1\n",
    "etc/up.conf": "\n.include ../outside.conf\n",
    "etc/linked.conf": ".include link.conf\n",
    "etc-evil/near.conf": "[A]\nb = 3\n",
    "etc/near.conf": ".include ../etc-evil/near.conf\n",
    "outside.conf": "[A]\nb = 2\n",
  };

  test("lets includes inside it pass", async () => {
    await withFolder(files, async (folder) => {
      const options = { includeRoot: join(folder, "etc") };
      expect((await loadConf(join(folder, "etc/main.conf"), options)).string("A", "b")).toBe("1");
      expect((await loadConf(join(folder, "etc/up.conf"))).string("A", "b")).toBe("2");
      expect((await loadConf(join(folder, "etc/up.conf"), { includeRoot: "/" })).string("A", "b")).toBe("2");
    });
  });

  test("that is not there is refused", async () => {
    await withFolder(files, async (folder) => {
      const load = () => loadConf(join(folder, "etc/main.conf"), { includeRoot: join(folder, "none") });
      expect(await refusalOf(load)).toMatchObject({ code: "CONF_UNREADABLE", file: join(folder, "etc/main.conf") });
    });
  });

  test.each([
    ["up.conf", 2],
    ["linked.conf", 1],
    ["near.conf", 1],
  ])("refuses %s, which leads out of it", async (name, line) => {
    await withFolder(files, async (folder) => {
      await symlink(join(folder, "outside.conf"), join(folder, "etc/link.conf"));
      const path = join(folder, "etc", name);
      const refusal = await refusalOf(() => loadConf(path, { includeRoot: join(folder, "etc") }));
      expect(refusal).toMatchObject({ code: "CONF_INCLUDE_OUTSIDE", file: path, line });
      expect(refusal.message).toContain(await realpath(join(folder, "etc")));
    });
  });
});

describe("the main file", () => {
  test("that is missing is refused by name", async () => {
    const refusal = await refusalOf(() => loadConf("/nowhere/main.conf"));
    expect(refusal).toMatchObject({ code: "CONF_UNREADABLE", file: "/nowhere/main.conf" });
  });

  test("gives way to overrides, which are refused by number", async () => {
    await withFolder({ "main.conf": "[A]\nb = 1\n" }, async (folder) => {
      const path = join(folder, "main.conf");
      const confMap = await loadConf(path, { overrides: ["A.b=2", "C.d: 3"] });
      expect(confMap.toJSON()).toEqual({ A: { b: ["2"] }, C: { d: ["3"] } });
      const refusal = await refusalOf(() => loadConf(path, { overrides: ["A.b=2", "C"] }));
      expect(refusal).toMatchObject({ code: "CONF_OVERRIDE", line: 2 });
    });
  });

  test("can be standard input, whose includes are relative to the working folder", async () => {
    await withFolder({ "-": "[B]\nc = 2\n" }, async (folder) => {
      vi.spyOn(process, "stdin", "get").mockReturnValue(
        Readable.from([Buffer.from(`[A]\nb = 1\n.include ${folder}/-\n`)]) as never,
      );
      const confMap = await loadConf("-");
      expect(confMap.toJSON()).toEqual({ A: { b: ["1"] }, B: { c: ["2"] } });
      expect(confMap.origin("A", "b")).toEqual({ file: "<stdin>", line: 2 });
      expect(ConfMap.fromSource(confMap.source()).equals(confMap)).toBe(true);
    });
  });

  test("of many megabytes is decoded in parts, wherever a character of several bytes stands", async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => `# ${"\u00e9\u{1f600}".repeat(i % 9)}\n[S${i}]\no: v${i}\n`);
    const text = lines.join("");
    const broken = Buffer.from(text);
    const at = broken.lastIndexOf("# ");
    broken[at + 1] = 0xff;
    await withFolder({ "main.conf": text, "broken.conf": broken }, async (folder) => {
      expect(Buffer.byteLength(text)).toBeGreaterThan(2 * 1_048_576);
      const confMap = await loadConf(join(folder, "main.conf"));
      expect(confMap.equals(parseConf(text))).toBe(true);
      expect(confMap.origin("S59999", "o")).toEqual({ file: join(folder, "main.conf"), line: 180_000 });
      const refusal = await refusalOf(() => loadConf(join(folder, "broken.conf")));
      expect(refusal).toMatchObject({ code: "CONF_ENCODING", line: 179_998 });
    });
  });

  test("that is not UTF-8 is refused with the line", async () => {
    const content = Buffer.concat([Buffer.from("[A]\n# \u00e9\n# "), Buffer.of(0xff), Buffer.from("\n")]);
    await withFolder({ "main.conf": content, "main.ini": content, "main.json": content }, async (folder) => {
      for (const name of ["main.conf", "main.ini", "main.json"]) {
        const refusal = await refusalOf(() => loadConf(join(folder, name)));
        expect(refusal).toMatchObject({ code: "CONF_ENCODING", file: join(folder, name), line: 3 });
      }
    });
  });
});
