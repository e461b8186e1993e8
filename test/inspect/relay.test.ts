/**
 * The relay: who may look, and what one who comes is told first.
 */
import { request } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createTransitions } from "../../src/effects/transitions.ts";
import { type InspectRelay, startInspectRelay } from "../../src/relay/inspect-relay.ts";
import { clusterConf, Recording } from "./viewing.ts";

const relays: InspectRelay[] = [];
afterEach(async () => {
  for (const relay of relays.splice(0)) await relay.close();
});

async function relayed(options: Parameters<typeof startInspectRelay>[0] = {}): Promise<InspectRelay> {
  const relay = await startInspectRelay(options);
  relays.push(relay);
  return relay;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

function get(address: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(address, { headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    asked.on("error", reject).end();
  });
}

/** A viewer with a recording, once it is connected; rejects with what the server answered where it is refused. */
function viewer(address: string): Promise<{ readonly seen: Recording; readonly socket: WebSocket }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address.replace(/^http/, "ws"));
    const seen = new Recording();
    socket.on("message", (data) => seen.take(JSON.parse(String(data))));
    socket.on("open", () => resolve({ seen, socket }));
    socket.on("error", reject);
  });
}

describe("only who knows the address", () => {
  test("gets a page, and it is one that talks to nobody else", async () => {
    const { address } = await relayed();
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}$/);
    const page = await get(address);
    expect(page.status).toBe(200);
    expect(page.text).toContain("<title>signaled</title>");
    const nonce = /nonce="([^"]+)"/.exec(page.text)?.[1];
    const policy = String(page.headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src 'nonce-${nonce}'`);
    expect(page.headers["referrer-policy"]).toBe("no-referrer");
    expect((await get(address)).text).not.toContain(String(nonce));
    expect((await get(`${address}/stately`)).text).toContain("https://stately.ai/inspect");
  });

  test.each([
    ["no token", (address: string) => new URL("/", address).href],
    ["another token", (address: string) => `${address.slice(0, -1)}${address.endsWith("A") ? "B" : "A"}`],
    ["half of the token", (address: string) => address.slice(0, -10)],
    ["another page", (address: string) => `${address}/elsewhere`],
  ])("%s: there is nothing there", async (_, spoilt) => {
    const { address } = await relayed();
    expect((await get(spoilt(address))).status).toBe(404);
    if (!spoilt(address).endsWith("elsewhere")) await expect(viewer(spoilt(address))).rejects.toThrow("404");
  });

  test("and by no other name: a page elsewhere may have its own name point here", async () => {
    const { address } = await relayed();
    const { port } = new URL(address);
    expect((await get(address, { host: `attacker.example:${port}` })).status).toBe(404);
    expect((await get(address, { host: `localhost:${port}` })).status).toBe(200);
    const socket = new WebSocket(address.replace(/^http/, "ws"), { headers: { host: "attacker.example" } });
    await expect(new Promise((_, reject) => socket.on("error", reject))).rejects.toThrow("404");
  });

  test("is heard by nobody: what a viewer sends changes nothing, and too much ends it", async () => {
    const relay = await relayed();
    const t = createTransitions({ inspect: relay.inspect });
    await t.open();
    const { socket, seen } = await viewer(relay.address);
    socket.send(JSON.stringify({ type: "@xstate.event", event: { type: "DOWN" } }));
    await t.up(clusterConf("Peer0"));
    await seen.tells("TransitionFinished");
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.send("x".repeat(10_000));
    await closed;
    expect(t.status().state).toBe("up");
    await t.close();
  });
});

test("who connects, or connects again, is told the present state first", async () => {
  const relay = await relayed();
  const t = createTransitions({ streamId: "s", inspect: relay.inspect });
  let answer = () => {};
  t.register("mounts", {
    serveVolume: ({ volumeName }) =>
      volumeName === "music" ? new Promise<void>((resolve) => (answer = resolve)) : undefined,
  });
  const up = t.up(clusterConf("Peer0"));
  await t.open();
  const first = await viewer(relay.address);
  await first.seen.tells("has ServeVolume ↑");
  first.socket.terminate();
  await expect.poll(() => t.status().transition?.running.length).toBe(1);

  const second = await viewer(relay.address);
  await expect.poll(() => second.seen.story().length).toBeGreaterThanOrEqual(5);
  expect(second.seen.story().slice(0, 5)).toEqual([
    "(nobody) has lifecycle",
    "lifecycle has logger",
    "lifecycle has mounts",
    "lifecycle has up s.1",
    "up s.1 has ServeVolume ↑",
  ]);
  expect(second.seen.messages.slice(0, 5).every(({ type }) => type === "@xstate.actor")).toBe(true);
  expect(second.seen.latest("lifecycle").value).toEqual({ signaling: "running" });
  expect(second.seen.latest("mounts")).toMatchObject({ value: { quiesced: "beingTold" }, context: { total: 3 } });
  // And, after a while, what it waits for, which no fact says.
  await expect
    .poll(() => second.seen.latest("mounts").context["waitedFor"], { timeout: 3_000 })
    .toEqual([{ subject: "music", since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) }]);
  answer();
  await up;
  await second.seen.tells("TransitionFinished");
  expect(second.seen.latest("mounts")).toMatchObject({ value: { up: "idle" }, context: { told: 3 } });
  await t.close();
});

test("of what is over, only the latest is kept for those who come", async () => {
  const relay = await relayed();
  const t = createTransitions({ streamId: "s", inspect: relay.inspect });
  t.register("mounts", { signaledStart() {}, unserveVolume() {}, serveVolume() {}, signaledFinish() {} });
  await t.up(clusterConf("Peer0"));
  for (let i = 0; i < 100; i++) await t.signaled(clusterConf(i % 2 === 0 ? "Peer1" : "Peer0"));
  const { seen } = await viewer(relay.address);
  await expect.poll(() => seen.story().at(-1)).toBe("signaled s.101 has SignaledFinish ↑");
  const story = seen.story();
  expect(story.slice(0, 3)).toEqual(["(nobody) has lifecycle", "lifecycle has logger", "lifecycle has mounts"]);
  expect(story.length).toBeGreaterThan(100);
  expect(story.length).toBeLessThan(160);
  // Nobody without a parent.
  expect(story.filter((line) => line.startsWith("(nobody)"))).toHaveLength(1);
  await t.close();
});

test("a port that is taken is refused in words", async () => {
  const { address } = await relayed();
  const port = Number(new URL(address).port);
  await expect(startInspectRelay({ port })).rejects.toMatchObject({
    code: "USAGE",
    message: expect.stringContaining(`the inspector's port ${port} cannot be had`),
  });
});
