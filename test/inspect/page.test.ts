/**
 * The relay's own page in a browser: what a person sees of a reload that hangs, and after a connection that broke. The
 * picture in docs/inspecting.md is of this scene; `UPDATE=1 npx vitest run test/inspect/page.test.ts` takes it anew.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page, type WebSocketRoute } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConf } from "../../src/conf/conf-file.ts";
import { createTransitions, type Transitions } from "../../src/effects/transitions.ts";
import { startInspectRelay } from "../../src/relay/inspect-relay.ts";
import { CHROMIUM, hasChromium } from "../browser.ts";

const PICTURE = fileURLToPath(new URL("../../docs/inspecting.png", import.meta.url));
const conf = (name: string) => loadConf(fileURLToPath(new URL(`../../docs/demo/${name}.conf`, import.meta.url)));

let browser: Browser | undefined;
beforeAll(async () => {
  if (hasChromium()) browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
});
afterAll(() => browser?.close());

async function pageAt(address: string): Promise<{ readonly page: Page; readonly faults: string[] }> {
  const page = await (browser as Browser).newPage({ viewport: { width: 1000, height: 650 }, colorScheme: "light" });
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  await page.goto(address);
  await expect.poll(() => page.locator("#link").textContent()).toBe("connected");
  return { page, faults };
}

/** The participants of the demo; the shares take their time to close, until they are let. */
function withShares(t: Transitions): () => void {
  let goOn: () => void = () => {};
  const act = (): void => {};
  t.register("mounts", { up: act, serveVolume: act, unserveVolume: act });
  t.register("shares", {
    up: act,
    volumeToBeUnserved: act,
    signaledStart: act,
    serveVolume: act,
    async unserveVolume({ volumeName }, { progress }) {
      if (volumeName !== "alpha") return;
      progress(0.4, "two clients left");
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
    },
    signaledFinish: act,
  });
  t.register("addresses", { up: act, volumeGroupMoved: act });
  return () => goOn();
}

// Without Chromium this is not checked: it is there in the project's own pipeline, and is named in CONTRIBUTING.
test.runIf(hasChromium())("a reload that hangs is seen in the page, with what it waits for", async () => {
  const relay = await startInspectRelay();
  const t = createTransitions({ inspect: relay.inspect, streamId: "demo" });
  const goOn = withShares(t);
  await t.up(await conf("before"));
  const { page, faults } = await pageAt(relay.address);
  const reload = t.signaled(await conf("after"), { cause: { how: "operator", who: "ada", reason: "ticket 4711" } });
  const shares = page.locator(".actor", { has: page.getByText("shares", { exact: true }) });
  await expect.poll(() => shares.textContent()).toContain("being told");
  await shares.click();
  await expect.poll(() => page.locator("#detail").textContent()).toContain("two clients left");
  expect(await page.locator("#tree").textContent()).toMatch(
    /signaled demo\.2\s*running[\s\S]*UnserveVolume ↓\s*running/,
  );
  expect(await page.locator("#events").textContent()).toContain('"subjects":["beta","alpha"]');
  const shot = await page.screenshot(process.env["UPDATE"] === undefined ? {} : { path: PICTURE });
  expect(shot.length).toBeLessThan(200_000);
  goOn();
  await reload;
  await expect.poll(() => page.locator("#tree").textContent()).toMatch(/signaled demo\.2\s*finished/);
  expect(faults).toEqual([]);
  await t.close();
  await relay.close();
  await page.close();
});

test.runIf(hasChromium())("a page whose connection broke comes again, and shows everything once", async () => {
  const relay = await startInspectRelay();
  const t = createTransitions({ inspect: relay.inspect, streamId: "demo" });
  withShares(t);
  await t.up(await conf("before"));
  const page = await (browser as Browser).newPage();
  const connections: WebSocketRoute[] = [];
  await page.routeWebSocket(/^ws:/, (route) => {
    connections.push(route);
    route.connectToServer();
  });
  await page.goto(relay.address);
  const tree = (): Promise<string | null> => page.locator("#tree").textContent();
  await expect.poll(tree).toMatch(/up demo\.1finished10 \/ 10[\s\S]*SignaledFinish ↑done1 \/ 1$/);
  const before = await tree();
  await connections[0]?.close();
  await expect.poll(() => page.locator("#link").textContent()).toContain("trying again");
  await expect.poll(() => connections.length, { timeout: 10_000 }).toBe(2);
  await expect.poll(() => page.locator("#link").textContent()).toBe("connected");
  await expect.poll(tree).toBe(before);
  await t.close();
  await relay.close();
  await page.close();
});

test("the picture in the guide is there, and small", () => {
  const picture = readFileSync(PICTURE);
  expect(picture.subarray(1, 4).toString()).toBe("PNG");
  expect(picture.length).toBeLessThan(200_000);
});
