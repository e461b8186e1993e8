/**
 * What a hook is told, how it is started, and what its end says; with the service and without.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConf } from "../../src/conf/conf-file.ts";
import { createTransitions, type Transitions } from "../../src/effects/transitions.ts";
import { InDoubtError, TransitionError } from "../../src/error.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { execParticipant } from "../../src/service/exec-participant.ts";
import { runHook } from "../../src/service/hook-run.ts";
import { hookOf } from "../../src/service/hooks-section.ts";
import { isGone } from "../cli/signaled-program.ts";
import { Workplace } from "../cli/workplace.ts";

let work: Workplace;
let exec: ReturnType<typeof execParticipant>;
let t: Transitions;

beforeEach(() => {
  work = new Workplace();
  exec = execParticipant({ concurrency: 4, folder: join(work.folder, "hook-files") });
  t = createTransitions({ journal: memoryJournal(), streamId: "s" });
  t.register("exec", exec.callbacks, exec.options);
});
afterEach(async () => {
  await t.close();
  exec.close();
  work.remove();
});

/** Writes every variable of its step into a file named by event and subject. */
const DUMP = 'env | grep ^SIGNALED_ | sort > "$SIGNALED_EVENT.$SIGNALED_VOLUME$1"; [ ! -t 0 ] && cat >> stdin';

function variables(file: string): Record<string, string> {
  return Object.fromEntries(
    work.lines(file).map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

describe("a hook is told of its step", () => {
  test("by variables about event, subject, group, step and confs; only about its own, and not those of another step", async () => {
    work.hook("dump.sh", DUMP);
    process.env["SIGNALED_VOLUME"] = "of another service";
    const hooks =
      "[Hooks]\nup = ./dump.sh\nvolumeGroupCreated = ./dump.sh group\nserveVolume = ./dump.sh\nunserveVolume = ./dump.sh\n[Volume:VolumeA]\nMountPoint = /mnt/a\nTags = x, y\n";
    try {
      const groups = { VG_A: ["Peer0", "VolumeA"] } as const;
      await t.up(await loadConf(work.conf({ groups, more: hooks })));
      expect(variables("Up.")).toEqual({
        SIGNALED_EVENT: "Up",
        SIGNALED_WHO_AM_I: "Peer0",
        SIGNALED_TRANSITION_ID: "s.1",
        SIGNALED_IDEMPOTENCY_KEY: "s.1/exec/Up",
        SIGNALED_ATTEMPT: "1",
        SIGNALED_FENCING_TOKEN: "1",
        SIGNALED_CONF: expect.any(String),
      });
      expect(variables("VolumeGroupCreated.group")).toMatchObject({
        SIGNALED_VOLUME_GROUP: "VG_A",
        SIGNALED_ACTIVE_PEER: "Peer0",
        SIGNALED_VIRTUAL_IP_ADDR: "",
        SIGNALED_OPTION_VolumeList: "VolumeA",
      });
      const serve = work.read("ServeVolume.VolumeA");
      for (const part of ["SIGNALED_VOLUME=VolumeA", "SIGNALED_VOLUME_GROUP=VG_A", "SIGNALED_OPTION_MountPoint=/mnt/a"])
        expect(serve).toContain(`${part}\n`);
      expect(serve).toContain("SIGNALED_IDEMPOTENCY_KEY=s.1/exec/ServeVolume/VolumeA\n");
      expect(work.read("stdin")).toBe("");

      // The volume's section is gone, and so is its hook: both come from the configuration before.
      const { SIGNALED_CONF: first } = variables("ServeVolume.VolumeA");
      await t.signaled(await loadConf(work.conf({ groups: {} })));
      expect(variables("UnserveVolume.VolumeA")).toMatchObject({
        SIGNALED_VOLUME_GROUP: "VG_A",
        SIGNALED_OPTION_MountPoint: "/mnt/a",
        SIGNALED_TRANSITION_ID: "s.2",
        SIGNALED_PREVIOUS_CONF: first,
      });
    } finally {
      delete process.env["SIGNALED_VOLUME"];
    }
  });

  test("by files where a value is longer than a variable may be: a group of very many volumes, and what was served", async () => {
    work.hook(
      "group.sh",
      'wc -l < "$SIGNALED_OPTION_VolumeList_FILE" > lines; printenv SIGNALED_OPTION_VolumeList >> lines || echo none >> lines',
    );
    const volumes = Array.from({ length: 20_000 }, (_, i) => `volume-${i}`);
    const groups = { VG_A: ["Peer0", ...volumes] } as const;
    const journal = memoryJournal();
    const first = createTransitions({ journal, takeover: true });
    first.register("exec", exec.callbacks, exec.options);
    await first.up(await loadConf(work.conf({ groups, more: "[Hooks]\nvolumeGroupCreated = ./group.sh\n" })));
    expect(work.lines("lines")).toEqual(["20000", "none"]);
    // The process is gone; the next one tells at Up what had been served.
    const second = createTransitions({ journal, takeover: true });
    second.register("exec", exec.callbacks, exec.options);
    work.hook("up.sh", 'wc -l < "$SIGNALED_RECOVERED_FILE" > served');
    await second.up(await loadConf(work.conf({ groups, more: "[Hooks]\nup = ./up.sh\n" })));
    expect(work.lines("served")).toEqual(["20000"]);
    await second.close();
  });

  test("by the whole configuration as JSON, in a file that only its owner reads and that is removed in the end", async () => {
    work.hook("conf.sh", 'cat "$SIGNALED_CONF" > shown; ls -l "$SIGNALED_CONF" > mode; echo "$SIGNALED_CONF" > path');
    const conf = await loadConf(work.conf({ more: "[Hooks]\nup = ./conf.sh\n" }));
    await t.up(conf);
    expect(JSON.parse(work.read("shown"))).toEqual(conf.toJSON());
    expect(work.read("mode")).toMatch(/^-rw-------/);
    exec.close();
    expect(await loadConf(work.lines("path")[0] as string).catch((error) => error.code)).toBe("CONF_UNREADABLE");
  });

  test("and what a service that was killed has left of them goes with the next one that ends, and nothing else", async () => {
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    for (const name of [String(gone), String(process.ppid), "notes"]) {
      mkdirSync(join(work.folder, "hook-files", name), { recursive: true });
    }
    work.hook("up.sh", 'dirname "$SIGNALED_CONF" > where');
    await t.up(await loadConf(work.conf({ more: "[Hooks]\nup = ./up.sh\n" })));
    expect(work.lines("where")).toEqual([join(work.folder, "hook-files", String(process.pid))]);
    expect(readdirSync(join(work.folder, "hook-files"))).toContain(String(gone));
    exec.close();
    expect(readdirSync(join(work.folder, "hook-files")).sort()).toEqual([String(process.ppid), "notes"].sort());
    rmSync(join(work.folder, "hook-files"), { recursive: true });
    exec.close();
  });
});

describe("a hook is started without a shell", () => {
  test("so that nothing in a conf can become a command, and its arguments arrive as they are", async () => {
    work.hook("args.sh", 'printf "%s\\n" "$@" > args');
    const hook = '[Hooks]\nserveVolume = ./args.sh a\\u0020b {touch} "q" ../x [-rf]\n';
    await t.up(await loadConf(work.conf({ groups: { VG_A: ["Peer0", "A/../B"] }, more: hook })));
    expect(work.lines("args")).toEqual(["a b", "{touch}", '"q"', "../x", "[-rf]"]);
  });

  test("from the folder of the file that names it, or from PATH; an override's from that of the main file", async () => {
    work.conf({ more: "[Hooks]\nserveVolume = ./a.sh x\nup = sh -c true\n" });
    const conf = await loadConf(work.path("peer.conf"), { overrides: ["Hooks.down=hooks/b.sh"] });
    expect(hookOf(conf, "serveVolume")).toEqual({
      name: "./a.sh",
      program: work.path("a.sh"),
      arguments: ["x"],
      folder: work.folder,
    });
    expect(hookOf(conf, "up")).toMatchObject({ program: "sh", arguments: ["-c", "true"] });
    expect(hookOf(conf, "down")).toMatchObject({ program: work.path("hooks/b.sh"), folder: work.folder });
    expect(hookOf(conf, "signaledStart")).toBeUndefined();
  });

  test("and one that is missing refuses the change before anything moves", async () => {
    await t.up(await loadConf(work.conf()));
    const failure = await t
      .signaled(await loadConf(work.conf({ more: "[Hooks]\nup = ./none.sh\n" })))
      .catch((error) => error);
    expect(failure).toBeInstanceOf(TransitionError);
    expect(failure).toMatchObject({ code: "VALIDATION_REFUSED", participant: "exec", line: 19 });
    expect(t.status().state).toBe("up");
  });
});

describe("the end of a hook", () => {
  const lines: string[] = [];
  const run = (script: string, signal = new AbortController().signal, grace = 30_000) => {
    work.hook("end.sh", script);
    const hook = { name: "./end.sh", program: work.path("end.sh"), arguments: [], folder: work.folder };
    return runHook({
      hook,
      environment: { PATH: process.env["PATH"] ?? "" },
      signal,
      grace,
      onLine: (stream, line) => void lines.push(`${stream} ${line}`),
    });
  };
  const failureOf = (work: Promise<void>) =>
    work.then(
      () => undefined,
      (error: Error) => error,
    );

  test("0 is success, though something goes on in the background with its output", async () => {
    const began = performance.now();
    await run("echo out; echo err >&2; sleep 5 &");
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(lines).toEqual(expect.arrayContaining(["stdout out", "stderr err"]));
  });

  test("another code is a failure with its last words", async () => {
    const failure = await failureOf(run('for i in 1 2 3 4 5 6 7; do echo "line $i" >&2; done; exit 4'));
    expect(failure).not.toBeInstanceOf(InDoubtError);
    expect(failure?.message).toBe("./end.sh exited with 4: line 3 | line 4 | line 5 | line 6 | line 7");
  });

  test("killed, it leaves its step in doubt", async () => {
    expect(await failureOf(run("kill -9 $$"))).toMatchObject({ message: "./end.sh was killed by SIGKILL" });
    expect(await failureOf(run("kill -9 $$"))).toBeInstanceOf(InDoubtError);
  });

  test("what it says has bounds: lines without an end, without end of lines, and in no encoding", async () => {
    lines.splice(0);
    // Ten megabytes in one line, half a million lines, and bytes that are no UTF-8.
    const failure = await failureOf(
      run(
        'head -c 10000000 /dev/zero | tr "\\0" x\necho; yes | head -n 500000; printf "caf\\351 \\303\\251\\r\\n"; yes no | head -n 500000 >&2; echo last >&2; exit 3',
      ),
    );
    expect(failure?.message).toBe("./end.sh exited with 3: no | no | no | no | last");
    expect(lines[0]).toBe(`stdout ${"x".repeat(400)}…`);
    expect(lines).toHaveLength(2 * 1_001);
    expect(lines.filter((line) => line.includes("left out"))).toHaveLength(2);
    lines.splice(0);
    await run('printf "caf\\351 \\303\\251\\r\\n"; printf "no end"');
    expect(lines).toEqual(["stdout caf\ufffd é", "stdout no end"]);
  });

  test("told to end, it takes along what it has started, though it has ended itself", async () => {
    const controller = new AbortController();
    const ended = failureOf(
      run(
        "trap 'exit 0' TERM; (trap '' TERM; sleep 300) & echo $! > child; echo ready >> told; wait",
        controller.signal,
      ),
    );
    while (!work.read("told").includes("ready")) await new Promise((done) => setTimeout(done, 10));
    controller.abort();
    expect(await ended).toBeUndefined();
    expect(await isGone(Number(work.read("child")))).toBe(true);
  });

  test("told to end, it may end well; deaf, it is killed with all of its children", async () => {
    const told = async (script: string, grace?: number) => {
      const controller = new AbortController();
      const ended = failureOf(run(script, controller.signal, grace));
      while (!work.read("told").includes("ready")) await new Promise((done) => setTimeout(done, 10));
      controller.abort();
      const failure = await ended;
      work.write("told", "");
      return failure;
    };
    expect(await told("trap 'exit 0' TERM; echo ready >> told; while :; do sleep 0.05; done")).toBeUndefined();
    expect(await told("trap 'exit 3' TERM; echo ready >> told; while :; do sleep 0.05; done")).toBeInstanceOf(
      InDoubtError,
    );
    expect(
      await told("trap '' TERM; (trap '' TERM; sleep 300) & echo $! > child; echo ready >> told; wait", 100),
    ).toMatchObject({
      message: "./end.sh was killed by SIGKILL",
    });
    expect(await isGone(Number(work.read("child")))).toBe(true);
  });

  test("a program that cannot be started did nothing", async () => {
    const text = await failureOf(
      runHook({
        hook: { name: "./text", program: work.hook("text", ""), arguments: [], folder: work.folder },
        environment: { TOO_LONG: "x".repeat(200_000) },
        signal: new AbortController().signal,
        grace: 1,
        onLine: () => {},
      }),
    );
    expect(text?.message).toMatch(/^\.\/text cannot be started: .*E2BIG/);
    const hook = { name: "./none", program: work.path("none"), arguments: [], folder: work.folder };
    const ended = runHook({ hook, environment: {}, signal: new AbortController().signal, grace: 1, onLine: () => {} });
    const failure = await failureOf(ended);
    expect(failure?.message).toMatch(/^\.\/none cannot be started: .*ENOENT/);
    expect(failure).not.toBeInstanceOf(InDoubtError);
  });
});
