/**
 * Security: each line of the threat model in docs/security.md has its test here, by the same name.
 */
import { chmodSync, mkdirSync, statSync, symlinkSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Secrets } from "../../../src/inspect/secrets.ts";
import { TokenDoorman } from "../../../src/service/http/doorman.ts";
import { HttpServer } from "../../../src/service/http/http-server.ts";
import { RequestRates } from "../../../src/service/http/request-rates.ts";
import { tokenSource } from "../../../src/service/http/token-source.ts";
import { RunningService } from "../../cli/signaled-program.ts";
import { Workplace } from "../../cli/workplace.ts";
import { HttpPlace, READ, STEER } from "./http-place.ts";

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const READING = ["status", "topology", "participants", "conf", "transitions", "transitions/current", "facts", "me"];
const STEERING = ["check", "plan", "apply", "reload", "retry", "rollback", "skip", "pause", "resume", "down"];
const SECRET = "hunter2-hunter2";

/** With tokens, a secret, and names that try to be something else. */
let guarded: HttpPlace;
/** As it is when nothing is configured. */
let open: HttpPlace;

const HOSTILE = '"><script>alert(1)</script>\n\nevent: fact\ndata: {}\n# HELP x\nx{y="z"} 1';

beforeAll(async () => {
  const tokens = [
    { role: "read", who: "rita", token: READ },
    { role: "steer", who: "stan", token: STEER },
  ] as const;
  guarded = await HttpPlace.open({
    tokens,
    register: (transitions) => {
      transitions.register(HOSTILE, { serveVolume: () => {} });
      transitions.register("picky", {
        serveVolume({ volumeName }) {
          if (volumeName === "Bad") throw new Error(`cannot log in with Password = ${SECRET} at Bad\u001b[2J`);
        },
      });
    },
  });
  open = await HttpPlace.open();
});
afterAll(async () => {
  await guarded.close();
  await open.close();
});

describe("no token", () => {
  test("where tokens are configured nothing is answered without one but health, the page and the document", async () => {
    for (const path of [...READING.map((name) => `/api/v1/${name}`), "/api/v1/events", "/metrics"]) {
      const answer = await guarded.get(path);
      expect([path, answer.status, answer.json?.error.code]).toEqual([path, 401, "UNAUTHORIZED"]);
    }
    for (const name of STEERING) {
      expect([name, (await guarded.ask(`/api/v1/${name}`, { method: "POST", body: {} })).status]).toEqual([name, 401]);
    }
    for (const path of ["/healthz", "/readyz", "/", "/openapi.json"]) {
      expect([path, (await guarded.get(path)).status]).toEqual([path, 200]);
    }
  });

  test("where none is configured who is on this machine may look, and not steer", async () => {
    expect((await open.get("/api/v1/status")).status).toBe(200);
    for (const name of STEERING) {
      const answer = await open.ask(`/api/v1/${name}`, { method: "POST", body: {} });
      expect([name, answer.status, answer.json.error.code]).toEqual([name, 403, "FORBIDDEN"]);
    }
  });

  test("to listen for other machines is refused without tokens", async () => {
    const work = new Workplace();
    const service = await RunningService.start([work.conf(), "--http=0", "--http-host", "0.0.0.0"], {
      cwd: work.folder,
    });
    expect(await service.exit).toBe(2);
    expect(service.other.join()).toContain("--tokens");
    work.remove();
  });
});

describe("a wrong token", () => {
  test("is refused, wherever it is sent, and says nothing of the right one", async () => {
    for (const headers of [
      bearer(`${STEER}x`),
      bearer(STEER.slice(1)),
      { authorization: STEER },
      { authorization: "Basic eDp5" },
    ]) {
      const answer = await guarded.get("/api/v1/status", headers);
      expect(answer.status).toBe(401);
      expect(answer.text).not.toContain(STEER);
    }
    expect((await guarded.get(`/api/v1/status?token=${STEER}`)).status).toBe(401);
    expect((await guarded.get("/api/v1/status", { cookie: `token=${STEER}` })).status).toBe(401);
    expect((await guarded.get("/api/v1/status", bearer(READ))).status).toBe(200);
    expect((await open.get("/api/v1/status", bearer(STEER))).status).toBe(401);
  });

  test("a code of the console is good once, and for two minutes; a session for twelve hours", () => {
    let now = 0;
    const doorman = new TokenDoorman({ tokens: () => [], owner: "olga", now: () => now });
    const code = doorman.codeFor("olga");
    const session = doorman.session(code);
    expect(doorman.session(code)).toBeUndefined();
    expect(doorman.bearerOf(session?.token ?? "")).toEqual({ role: "steer", who: "olga" });
    const late = doorman.codeFor("olga");
    now = 121_000;
    expect(doorman.session(late)).toBeUndefined();
    now = 13 * 3_600_000;
    expect(doorman.bearerOf(session?.token ?? "")).toBeUndefined();
    for (let i = 0; i < 1_000; i++) doorman.session(doorman.codeFor("many"));
    expect(doorman.bearerOf(code)).toBeUndefined();
  });

  test("a file of tokens that others can read, or with a short one, is refused; a change is heard of, a bad one not", async () => {
    const work = new Workplace();
    const file = work.write("tokens", `# who\nread  rita ${READ}\n\nsteer stan ${STEER}\n`);
    const troubles: string[] = [];
    const source = (environment = {}) =>
      tokenSource({ file, environment, onTrouble: (message) => troubles.push(message) });
    expect(() => source()).toThrow(/chmod 600/);
    chmodSync(file, 0o600);
    const tokens = source({ SIGNALED_STEER_TOKEN: "of-the-environment" });
    expect(tokens.current().map(({ role, who }) => `${role} ${who}`)).toEqual([
      "steer $SIGNALED_STEER_TOKEN",
      "read rita",
      "steer stan",
    ]);
    expect(() => source({ SIGNALED_READ_TOKEN: "short" })).toThrow(/shorter than 16/);
    work.write("tokens", `steer stan ${STEER}\n`);
    await expect.poll(() => tokens.current().length, { timeout: 10_000 }).toBe(2);
    work.write("tokens", "steer stan short\n");
    await expect.poll(() => tokens.current().length === 2 && troubles.length, { timeout: 10_000 }).toBe(1);
    for (const [text, why] of [
      ["steer stan", /line 1 is not of the form/],
      [`admin stan ${STEER}`, /line 1 is not of the form/],
      ["read rita short", /line 1 is shorter/],
    ] as const) {
      work.write("tokens", text);
      expect(() => source()).toThrow(why);
    }
    work.remove();
  });
});

describe("the wrong role", () => {
  test("who may look cannot steer, by any route; who may steer can look", async () => {
    for (const name of STEERING) {
      const answer = await guarded.ask(`/api/v1/${name}`, { method: "POST", body: {}, headers: bearer(READ) });
      expect([name, answer.status]).toEqual([name, 403]);
    }
    expect((await guarded.get("/api/v1/me", bearer(READ))).json).toMatchObject({ role: "read", who: "rita" });
    expect((await guarded.get("/api/v1/me", bearer(STEER))).json).toMatchObject({ role: "steer", who: "stan" });
    expect((await guarded.ask("/api/v1/reload", { method: "POST", body: {}, headers: bearer(STEER) })).status).toBe(
      200,
    );
  });

  test("the socket is its owner's alone", async () => {
    expect(statSync(guarded.socket).mode & 0o777).toBe(0o600);
    expect(statSync(guarded.work.path("state")).mode & 0o777).toBe(0o700);
    expect((await guarded.ask("/api/v1/me", { socket: true })).json.role).toBe("steer");
    expect((await guarded.ask("/api/v1/me", { socket: true, headers: bearer(READ) })).json.role).toBe("read");
  });

  test("what is done is recorded with who did it and why", async () => {
    const asked = { method: "POST", body: { reason: "ticket 4711" }, headers: bearer(STEER) };
    expect((await guarded.ask("/api/v1/reload", asked)).status).toBe(200);
    const { json } = await guarded.get("/api/v1/transitions?limit=1", bearer(READ));
    expect(json.transitions[0].cause).toEqual({ how: "http", who: "stan", reason: "ticket 4711" });
  });
});

describe("rebinding", () => {
  test("a name that somebody else can make point here is not answered, not even with the page", async () => {
    for (const host of [
      "evil.example",
      "evil.example:8347",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "a b",
    ]) {
      for (const path of ["/", "/healthz", "/api/v1/status"]) {
        expect([host, path, (await open.get(path, { host })).status]).toEqual([host, path, 403]);
      }
    }
    for (const host of [`localhost:${open.port}`, `127.0.0.1:${open.port}`, "[::1]:1", "192.0.2.7"]) {
      expect([host, (await open.get("/api/v1/status", { host })).status]).toEqual([host, 200]);
    }
  });
});

describe("cross-site", () => {
  const own = (port: number) => `http://127.0.0.1:${port}`;

  test("a page of another origin is refused, whatever it asks", async () => {
    for (const origin of ["https://evil.example", "null", own(1), `http://localhost:${open.port}`]) {
      for (const asked of [{}, { method: "POST", body: {} }]) {
        const answer = await open.ask("/api/v1/status", { ...asked, headers: { origin } });
        expect([origin, answer.status]).toEqual([origin, 403]);
        expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
      }
      expect(
        (await open.ask("/api/v1/reload", { method: "POST", body: {}, headers: { origin }, socket: true })).status,
      ).toBe(403);
    }
    expect((await open.get("/api/v1/status", { origin: own(open.port) })).status).toBe(200);
    expect((await open.get("/api/v1/status", { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect(
      (await open.get("/api/v1/status", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" })).status,
    ).toBe(403);
    expect((await open.get("/", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" })).status).toBe(200);
    expect((await open.get("/", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" })).status).toBe(403);
  });

  test("a form cannot steer, and other methods are not there", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
      const answer = await open.ask("/api/v1/reload", {
        method: "POST",
        body: "{}",
        headers: { "content-type": type },
        socket: true,
      });
      expect([type, answer.status]).toEqual([type, 415]);
    }
    for (const method of ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"]) {
      expect([method, (await open.ask("/api/v1/status", { method })).status]).toEqual([method, 405]);
    }
  });
});

describe("oversized", () => {
  test("a body that is too long is refused before it is read, whether or not it says how long it is", async () => {
    const announced = await open
      .ask("/api/v1/check", {
        ...{ method: "POST", body: "{}", socket: true },
        headers: { "content-length": "999999999" },
      })
      .catch(() => undefined);
    expect(announced?.status).toBe(413);
    const status = await new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json" };
      const sending = request(
        { socketPath: open.socket, path: "/api/v1/check", method: "POST", headers },
        (response) => {
          resolve(response.statusCode);
          response.resume();
          sending.destroy();
        },
      );
      sending.on("error", reject);
      const chunk = Buffer.alloc(1_000_000, 0x20);
      for (let i = 0; i < 20; i++) sending.write(chunk);
      sending.end();
    });
    expect(status).toBe(413);
  });

  test("so is a head, and a name or a number that is out of bounds", async () => {
    expect((await open.get("/api/v1/status", { "x-long": "x".repeat(20_000) })).status).toBe(431);
    for (const path of [
      `/api/v1/transitions?volume=${"v".repeat(2_000)}`,
      "/api/v1/transitions?limit=100000",
      "/api/v1/facts?limit=1e9",
      "/api/v1/moments/99999999999999999999",
    ]) {
      expect([path, (await open.get(path)).status]).toEqual([path, 400]);
    }
  });
});

describe("a server of little patience", () => {
  let server: HttpServer;
  let port: number;

  beforeEach(async () => {
    server = new HttpServer({
      gate: { host: "127.0.0.1", doorman: new TokenDoorman({ tokens: () => [], owner: "olga" }) },
      ...{ rates: new RequestRates(), secrets: new Secrets() },
      load: async () => (incoming, response) => void incoming.on("end", () => response.end("ok")).resume(),
      limits: { head: 300, request: 600, idle: 300, look: 50, connections: 5 },
    });
    port = await server.listenOn(0, "127.0.0.1");
  });
  afterEach(() => server.close());

  /** What comes back until the other side closes. */
  function talk(...parts: readonly string[]): Promise<string> {
    return new Promise((resolve) => {
      let heard = "";
      const socket = connect(port, "127.0.0.1", () => {
        for (const part of parts) socket.write(part);
      });
      socket.on("data", (chunk) => {
        heard += chunk;
      });
      socket.on("error", () => {});
      socket.on("close", () => resolve(heard));
    });
  }

  test("slow loris: who does not finish a head or a body is disconnected", async () => {
    const head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    expect(await talk("GET / HTTP/1.1\r\nHost: localh")).toMatch(/^HTTP\/1\.1 408/);
    expect(await talk(`${head}Content-Length: 10\r\n\r\n`, "{")).toMatch(/^HTTP\/1\.1 408|^$/);
    expect(await talk("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")).toContain("ok");
  });

  test("connections beyond the limit are dropped, and those before are served", async () => {
    const held = Array.from({ length: 5 }, () => connect(port, "127.0.0.1"));
    await Promise.all(held.map((socket) => new Promise((done) => socket.once("connect", done))));
    expect(await talk("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")).toBe("");
    held[0]?.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(await new Promise((done) => held[0]?.once("data", (chunk) => done(String(chunk))))).toContain("200 OK");
    for (const socket of held) socket.destroy();
  });
});

test("too many requests from one address are refused for a while", () => {
  let now = 0;
  const rates = new RequestRates(() => now);
  const taken = (address: string): number => {
    for (let count = 0; ; count++) {
      try {
        rates.requireRoom(address);
      } catch (error) {
        expect(error).toMatchObject({ code: "TOO_MANY" });
        return count;
      }
    }
  };
  expect([taken("a"), taken("b"), taken("a")]).toEqual([3_000, 3_000, 0]);
  now = 500;
  expect(taken("a")).toBe(500);
});

describe("traversal", () => {
  test("a posted configuration includes only what is beside the file, and learns of nothing else", async () => {
    const place = await HttpPlace.open();
    const beyond = new Workplace();
    const { work } = place;
    beyond.write("other.conf", `[Secret]\nToken = ${SECRET}\n`);
    mkdirSync(work.path("more"));
    work.write("more/inner.conf", "[Inner]\nValue = 1\n");
    symlinkSync(beyond.path("other.conf"), work.path("link.conf"));
    symlinkSync(beyond.folder, work.path("linked"));
    const check = async (included: string) =>
      (await place.steer("/api/v1/check", { text: `${work.read("peer.conf")}\n.include ${included}\n` })).json;
    expect(await check("more/inner.conf")).toMatchObject({ ok: true });
    expect(await check("./more/../more/inner.conf")).toMatchObject({ ok: true });
    for (const path of [
      beyond.path("other.conf"),
      "link.conf",
      "linked/other.conf",
      `../${beyond.folder.split("/").pop()}/other.conf`,
      "/etc/passwd",
      "/proc/self/environ",
    ]) {
      const answer = await check(path);
      expect([path, answer.ok, answer.problems[0].rule]).toEqual([path, false, "conf-include-outside"]);
      expect(JSON.stringify(answer)).not.toContain(SECRET);
    }
    const [there, not] = [await check("/etc/passwd"), await check("/etc/no-such-file")];
    expect(not.problems[0].message.replace("no-such-file", "passwd")).toBe(there.problems[0].message);
    await place.close();
    beyond.remove();
  });

  test("the page's files are those of the page", async () => {
    for (const path of [
      "/console/../../package.json",
      "/console/%2e%2e/%2e%2e/package.json",
      "/console/..%2f..%2fpackage.json",
      "/console//etc/passwd",
    ]) {
      expect([path, (await open.get(path)).status]).toEqual([path, 404]);
    }
  });
});

describe("injection", () => {
  test("into the page: everything is JSON by name, nothing is sniffed, and the page runs only its own scripts", async () => {
    const page = await open.get("/");
    const policy = String(page.headers["content-security-policy"]);
    for (const part of [
      ...["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"],
      ...["require-trusted-types-for 'script'", "trusted-types 'none'"],
    ]) {
      expect(policy).toContain(part);
    }
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(page.text).not.toMatch(/<script(?![^>]*\ssrc=)/i);
    expect(page.text).not.toMatch(/\son\w+=/i);
    const participants = await guarded.get("/api/v1/participants", bearer(READ));
    expect(participants.headers).toMatchObject({
      "content-type": "application/json",
      "x-content-type-options": "nosniff",
    });
    expect(participants.json.participants[1].name).toBe(HOSTILE);
  });

  test("into the event stream: a name cannot end an event or begin another", async () => {
    const stream = await readStream(guarded, `/api/v1/events?after=0`, bearer(READ));
    const lines = stream.split("\n");
    expect(lines.some((line) => line.includes("alert(1)"))).toBe(true);
    for (const line of lines) expect(line).toMatch(/^(id: \d+|event: \w+|data: \{.*\}|retry: \d+|:|)$/);
  });

  test("into the metrics: a name is a value, and volumes have none", async () => {
    const { text } = await guarded.get("/metrics", bearer(READ));
    expect(text).toContain("signaled_participant_volumes");
    expect(text).not.toContain("VolumeA");
    for (const line of text.split("\n"))
      expect(line).toMatch(/^($|# (HELP|TYPE) \w+ |\w+(\{(\w+="([^"\\]|\\.)*",?)*\})? \S+$)/);
  });

  test("into the log: who asks, and why, stay in their line", async () => {
    const body = { reason: 'x"}\n{"level":"error","msg":"forged' };
    await guarded.ask("/api/v1/reload", { method: "POST", body, headers: bearer(STEER) });
    const forged = guarded.lines
      .join("")
      .split("\n")
      .filter((line) => line !== "");
    for (const line of forged) expect(JSON.parse(line).msg).not.toBe("forged");
    expect(forged.some((line) => JSON.parse(line).reason === body.reason)).toBe(true);
  });
});

describe("secrets", () => {
  test("of the configuration, and in what participants say, are in no answer", async () => {
    const place = await HttpPlace.open({
      conf: `[Cluster]\nWhoAmI = Peer0\nPeers = Peer0\n[S3]\nPassword = ${SECRET}\nApiToken = t0ken-t0ken\n[FSGlobals]\nVolumeGroupList = G\n[VolumeGroup:G]\nVolumeList = V\nPrimaryPeer = Peer0\nVirtualIPAddr =\n`,
      register: (transitions) =>
        transitions.register("login", {
          volumeCreated: ({ volumeName }) => {
            if (volumeName === "W") throw new Error(`refused ${SECRET}`);
          },
        }),
    });
    const text = place.work.read("peer.conf").replace(SECRET, "another-secret").replace("= V", "= V, W");
    const plan = await place.steer("/api/v1/plan", { text });
    const applied = await place.steer("/api/v1/apply", {
      text,
      hash: plan.json.hash,
      reason: `since ${SECRET} leaked`,
    });
    expect(applied.json.error.code).toBe("CALLBACK_FAILED");
    const version = (await place.get("/api/v1/status")).json.seq;
    const answers = [plan.text, applied.text, await readStream(place, "/api/v1/events?after=0", {})];
    for (const path of [
      ...["status", "conf", "topology", "participants", "participants/login", "transitions", "transitions/current"],
      ...[
        "facts?limit=1000",
        `moments/${version}`,
        `difference?from=5&to=${version}`,
        "why?event=VolumeCreated&subject=W",
      ],
    ]) {
      const answer = await place.get(`/api/v1/${path}`);
      expect([path, answer.status]).toEqual([path, 200]);
      answers.push(answer.text);
    }
    expect(answers.join("\n")).toContain("***");
    for (const secret of [SECRET, "another-secret", "t0ken-t0ken"]) expect(answers.join("\n")).not.toContain(secret);
    await place.close();
  });
});

/** What the event stream says until nothing comes for a while. */
function readStream(place: HttpPlace, path: string, headers: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = "";
    const asked = request({ host: "127.0.0.1", port: place.port, path, headers, agent: false }, (response) => {
      const end = (): void => {
        asked.destroy();
        resolve(heard);
      };
      let quiet = setTimeout(end, 1_000);
      response.on("data", (chunk) => {
        heard += chunk;
        clearTimeout(quiet);
        quiet = setTimeout(end, 400);
      });
      response.on("error", () => {});
    });
    asked.on("error", (error) => (heard === "" ? reject(error) : undefined));
    asked.end();
  });
}
