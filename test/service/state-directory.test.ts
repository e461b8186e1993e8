/** Where a service keeps its state, and where the other commands look for it. */
import { join, resolve } from "node:path";
import { afterEach, expect, test } from "vitest";
import { statePlaces } from "../../src/service/state-directory.ts";

const before = process.env["STATE_DIRECTORY"];
afterEach(() => {
  if (before === undefined) delete process.env["STATE_DIRECTORY"];
  else process.env["STATE_DIRECTORY"] = before;
});

test("what is asked for goes before STATE_DIRECTORY, of which the first counts, and that before ./.signaled", () => {
  delete process.env["STATE_DIRECTORY"];
  expect(statePlaces({}).journal).toBe(resolve(".signaled/journal.db"));
  process.env["STATE_DIRECTORY"] = "";
  expect(statePlaces({}).directory).toBe(resolve(".signaled"));
  process.env["STATE_DIRECTORY"] = "/var/lib/one:/var/lib/two";
  expect(statePlaces({}).directory).toBe("/var/lib/one");
  const { directory, journal } = statePlaces({ directory: "/elsewhere", journal: "own.db" });
  expect({ directory, journal }).toEqual({ directory: "/elsewhere", journal: resolve("own.db") });
});

test.skipIf(process.platform === "win32")(
  "the socket's path is the shorter one, since a socket's may not be long",
  () => {
    expect(statePlaces({ directory: join(process.cwd(), "a") }).socket).toBe("a/control.sock");
    expect(statePlaces({ directory: "/a" }).socket).toBe("/a/control.sock");
    expect(statePlaces({ directory: "/a", socket: "b.sock" }).socket).toBe("b.sock");
  },
);
