/** The service's log: levels, forms and targets, without a service. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseConf } from "../../src/conf/conf-text.ts";
import { NO_LOG_SETTINGS, readLogSettings } from "../../src/service/log-settings.ts";
import { createServiceLog } from "../../src/service/service-log.ts";

let folder: string;
let lines: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "signaled-log-"));
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const logOf = (format: "text" | "json", level: "debug" | "info" | "warn" = "info") =>
  createServiceLog({ format, level, console: (line) => void lines.push(line) });

describe("the log", () => {
  test("is one JSON object a line, or one line of text with the same fields", () => {
    logOf("json").info({ volumeName: "A B", n: 1 }, "hello");
    expect(JSON.parse(lines[0] as string)).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      volumeName: "A B",
      n: 1,
      msg: "hello",
    });
    logOf("text").warn({ volumeName: "A B", path: "/x", list: ["a"], none: undefined }, "hello");
    expect(lines[1]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} WARN {2}hello volumeName="A B" path=\/x list=\["a"\]\n$/);
  });

  test("in text has no line, and no control character, that somebody else put there", () => {
    logOf("text").info({ volumeName: "a\u001b[2J", list: ["\u009b"] }, "one\n00:00:00.000 INFO  two\r\u001b[1m");
    expect(lines[0]?.slice(13)).toBe(
      'INFO  one\n    00:00:00.000 INFO  two\ufffd\u001b[1m volumeName=a\ufffd[2J list=["\ufffd"]\n',
    );
  });

  test("has debug lines only of whom [Logging] names, unless all are asked for", () => {
    const log = logOf("json");
    const say = () => {
      log.debug({ participant: "mounts" }, "mounts");
      log.debug({ participant: "shares" }, "shares");
      log.debug({}, "service");
    };
    say();
    expect(lines).toEqual([]);
    log.follow({ ...NO_LOG_SETTINGS, debug: new Set(["mounts", "signaled"]) });
    say();
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(["mounts", "service"]);
    logOf("json", "debug").debug({ participant: "shares" }, "shares");
    expect(lines).toHaveLength(3);
    logOf("json", "warn").info({}, "quiet");
    expect(lines).toHaveLength(3);
  });

  test("goes to the file, to standard error, or to both; and to standard error when the file fails", () => {
    const log = logOf("json");
    const file = join(folder, "a.log");
    log.follow({ file, console: false, debug: new Set() });
    log.info({}, "one");
    log.follow({ file, console: true, debug: new Set() });
    log.info({}, "two");
    log.unfollow();
    log.info({}, "three");
    const said = (text: string) => text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line).msg]));
    expect(said(readFileSync(file, "utf8"))).toEqual(["one", "two"]);
    expect(said(lines.join(""))).toEqual(["two", "three"]);
    lines = [];
    log.follow({ file: join(folder, "none", "a.log"), console: false, debug: new Set() });
    log.info({}, "four");
    expect(said(lines.join(""))).toEqual([expect.stringContaining("cannot be opened (ENOENT)"), "four"]);
  });
});

test("[Logging] is read as the original reads it", () => {
  const read = (text: string) => readLogSettings(parseConf(`[Logging]\n${text}`));
  expect(
    read("LogFilePath: proxyfsd.log\nLogToConsole: false\nTraceLevelLogging: none\nDebugLevelLogging: none\n"),
  ).toEqual({
    file: "proxyfsd.log",
    console: false,
    debug: new Set(),
  });
  expect(read("TraceLevelLogging = fs, inode\nDebugLevelLogging = fs jrpcfs\n")).toEqual({
    file: undefined,
    console: true,
    debug: new Set(["fs", "inode", "jrpcfs"]),
  });
  expect(readLogSettings(parseConf("[Other]\na = b\n"))).toEqual(NO_LOG_SETTINGS);
  expect(() => read("LogToConsole = perhaps\n")).toThrow(/LogToConsole/);
});
