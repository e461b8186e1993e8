/**
 * The console in a browser, over a real service: one evening of an operator, from the first look to a change of their own.
 *
 * Without Chromium nothing of this is checked; the project's pipeline has it. `SIGNALED_SCREENSHOTS=1` writes the pictures
 * of the guide on the way.
 */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import type { Locator, Page, Request } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasChromium } from "../browser.ts";
import { ConsoleScene, volumeName } from "./console-scene.ts";

const PICTURES = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
const WAIT = { timeout: 30_000 };

/** It would do harm if anything took it for markup. */
const HARM = "<img src=x onerror=document.title='harm'>";

let scene: ConsoleScene;
let page: Page;

const heading = (name: string): Locator => page.getByRole("heading", { level: 1, name, exact: true });
const button = (name: string): Locator => page.getByRole("button", { name, exact: true });
const visit = async (route: string): Promise<void> => {
  await page.goto(`${scene.address}#${route}`);
};

const selected = (area: Locator): Promise<string | undefined> =>
  area.evaluate((element) => element.ownerDocument.getSelection()?.toString());

async function picture(name: string): Promise<void> {
  if (process.env["SIGNALED_SCREENSHOTS"] === undefined) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.setViewportSize({ width: 1200, height: 720 });
  await page.screenshot({ path: `${PICTURES}${name}.png`, animations: "disabled" });
  await page.setViewportSize({ width: 1440, height: 900 });
}

/** What axe finds in the present view, in both colour schemes. */
async function faults(on = page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await on.emulateMedia({ colorScheme });
    await on.evaluate(axe.source);
    // Only colours are others in the dark.
    const rules = colorScheme === "dark" ? { runOnly: ["color-contrast"] } : {};
    const violations = await on.evaluate(async (options) => {
      const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
      const { violations } = await axe.run(options);
      return violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("\n")}`,
      );
    }, rules);
    found.push(...violations.map((violation) => `${colorScheme}: ${violation}`));
  }
  await on.emulateMedia({ colorScheme: "light" });
  return found;
}

/** Moves a slider so many steps to the left, one with each frame. */
async function dragged(slider: HTMLElement | SVGElement, steps: number): Promise<void> {
  const input = slider as HTMLInputElement;
  for (let step = 0; step < Math.abs(steps); step += 1) {
    input.value = String(Number(input.value) - Math.sign(steps));
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

const overflow = (): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Looked for in every view, since each is visited once. */
async function judge(): Promise<void> {
  expect(await faults()).toEqual([]);
  await page.setViewportSize({ width: 400, height: 800 });
  expect(await overflow(), page.url()).toBeLessThanOrEqual(0);
  // A view that cannot be seen in the list of views is not there.
  expect(await page.locator("nav").evaluate((nav) => nav.scrollWidth - nav.clientWidth)).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1440, height: 900 });
}

describe.runIf(hasChromium())("the console", () => {
  beforeAll(async () => {
    scene = await ConsoleScene.open();
    scene.work.write(
      "peer.conf",
      scene.confText(2_000, (group) => `Peer${group % 2}`),
    );
    await scene.start("--inspect");
    page = await scene.page(await scene.context());
  }, 120_000);
  afterAll(() => scene.close());

  test("a link from the command line opens it, and the code is gone from the address", async () => {
    await page.goto(await scene.steeringLink());
    await heading("Up").waitFor(WAIT);
    expect(page.url()).toBe(`${scene.address}#/`);
    expect(await page.title()).toBe("Up · Now · signaled");
    await page.locator('[data-state="up"][data-active]').waitFor(WAIT);
    await judge();
  });

  test("a reload of 2,000 volumes is watched as it happens, and stops where one cannot be mounted", async () => {
    scene.work.write("pace", "50");
    scene.work.write("broken", volumeName(944));
    scene.work.write(
      "peer.conf",
      scene.confText(2_000, () => "Peer1"),
    );
    scene.service.process.kill("SIGHUP");
    await heading("Signaling").waitFor(WAIT);
    await page.locator('[data-state="signaling.running"][data-active]').waitFor(WAIT);
    const cell = page.getByRole("link", { name: /^running,? \d/ });
    await page.locator(".underway").getByText("replaying its log").first().waitFor(WAIT);
    const before = await cell.first().textContent(WAIT);
    await expect.poll(() => cell.first().textContent(), WAIT).not.toBe(before);
    expect(await page.locator(".headway").textContent()).toMatch(/of [\d,]+ steps, \d+ %/);
    await picture("signaling");

    await heading("Held").waitFor(WAIT);
    await page.getByText("mount.nfs: vol-0944: Connection timed out").first().waitFor(WAIT);
    await page.locator('[data-state="failed"][data-active]').waitFor(WAIT);
    await page.getByRole("link", { name: /failed, .* 1 failed/ }).waitFor(WAIT);
    await picture("held");
    await judge();
  });

  test("the failed step is found among its neighbours, and why it was asked for", async () => {
    await page.getByRole("link", { name: /failed, .* 1 failed/ }).click();
    await heading("ServeVolume to mounts").waitFor(WAIT);
    const row = page.getByRole("row", { name: new RegExp(volumeName(20)) });
    await row.getByText("applied").waitFor(WAIT);
    await judge();
    await page.goBack();
    await page.getByRole("link", { name: "why it was asked for" }).click();
    await heading(`Why ServeVolume ${volumeName(944)}`).waitFor(WAIT);
    await page
      .getByText(/the volume's group is served by this peer now/)
      .first()
      .waitFor(WAIT);
    await judge();
  });

  test("what was mended is tried again, with a reason, and goes on to the end", async () => {
    await visit("/");
    scene.work.write("broken", "");
    scene.work.write("pace", "2");
    await button("Retry").click();
    const dialog = page.getByRole("dialog", { name: "Retry the failed step?" });
    await dialog.getByRole("textbox").fill("the filer answers again");
    expect(await faults()).toEqual([]);
    await dialog.getByRole("button", { name: "Retry" }).click();
    await heading("Up").waitFor(WAIT);
    await page.getByText("Retry: finished.").waitFor(WAIT);
    await page.getByRole("link", { name: "Reload", exact: true }).first().click();
    await page.getByText(/goes on, by http .*: the filer answers again/).waitFor(WAIT);
    await judge();
  });

  test("any earlier moment is shown, and what changed since", async () => {
    await visit("/timeline");
    await page
      .getByRole("link", { name: /what changed/ })
      .first()
      .waitFor(WAIT);
    await judge();
    await page
      .getByRole("link", { name: /what changed/ })
      .first()
      .click();
    await page.getByText("20 groups moved").waitFor(WAIT);
    await page.getByText("40 groups, 2,000 volumes, 2,000 served by somebody here.").waitFor(WAIT);
    await page.goBack();
    await page.getByRole("link", { name: "Reload", exact: true }).click();
    await page.getByRole("link", { name: /^fact \d+$/ }).click();
    const slider = page.getByRole("slider", { name: "Moment" });
    await slider.focus();
    await slider.press("ArrowLeft");
    const at = Number(new URLSearchParams(page.url().split("?")[1]).get("at"));
    await page.getByRole("heading", { name: `After fact ${at}` }).waitFor(WAIT);
    await page.getByRole("heading", { name: "Facts around it" }).waitFor(WAIT);
    // What a slider passes is not asked for, and where it comes to rest is.
    const asked: string[] = [];
    const hear = (request: Request): void => void (request.url().includes("/moments/") && asked.push(request.url()));
    page.on("request", hear);
    await slider.evaluate(dragged, 20);
    await page.getByRole("heading", { name: `After fact ${at - 20}` }).waitFor(WAIT);
    page.off("request", hear);
    expect(asked.at(-1)).toContain(`/moments/${at - 20}`);
    expect(asked.length).toBeLessThan(15);
    await slider.evaluate(dragged, -20);
    await page.getByRole("heading", { name: `After fact ${at}` }).waitFor(WAIT);
    await page.getByRole("row", { name: /^mounts .*1,\d{3}/ }).waitFor(WAIT);
    await picture("timeline");
    await judge();
    // A link for every view: the same address shows the same moment to whoever opens it.
    await page.reload();
    await page.getByRole("heading", { name: `After fact ${at}` }).waitFor(WAIT);
  });

  test("volumes are found among thousands, now and then", async () => {
    await visit("/volumes");
    const table = page.getByRole("table", { name: "Groups and their volumes" });
    await table.waitFor(WAIT);
    expect(await table.getAttribute("aria-rowcount")).toBe("2041");
    expect(await table.getByRole("row").count()).toBeLessThan(100);
    await picture("volumes");
    await page.getByRole("searchbox").fill("vol-1999");
    await page.getByText("1 group, 1 volume").waitFor(WAIT);
    await table.getByRole("cell", { name: volumeName(1_999), exact: true }).waitFor(WAIT);
    await judge();
    await visit("/volumes?at=3");
    await page.getByText("As it was after fact 3").waitFor(WAIT);
  });

  test("participants, and what each of them serves", async () => {
    await visit("/participants");
    await page.getByRole("row", { name: /^mounts up 2,000/ }).waitFor(WAIT);
    await judge();
    await page.getByRole("link", { name: "mounts", exact: true }).click();
    await page.getByRole("heading", { name: "Serves 2,000" }).waitFor(WAIT);
    await judge();
  });

  test("a pasted configuration is refused with its line, or planned in order with reasons, and carried out", async () => {
    await visit("/change");
    const area = page.getByRole("textbox", { name: /A configuration/ });
    // What is in use has a secret in it, which nobody may post as stars.
    await button("Start from the one in use").click();
    await page.getByText("stands for a secret").waitFor(WAIT);
    expect(await button("Show the plan").isDisabled()).toBe(true);
    await page.getByRole("button", { name: /^line \d+$/ }).click();
    expect(await selected(area)).toContain("PrivateKey");
    await area.fill(scene.confText(100, () => "Peer9"));
    await button("Show the plan").click();
    await page.getByText(/Peer9/).first().waitFor(WAIT);
    await page
      .getByRole("button", { name: /^line \d+$/ })
      .first()
      .click();
    expect(await selected(area)).toContain("PrimaryPeer");
    await judge();

    await area.fill(scene.confText(2_000, (group) => (group === 0 ? "Peer2" : "Peer1")));
    await button("Show the plan").click();
    await page.getByRole("heading", { name: "The plan" }).waitFor(WAIT);
    expect(await page.locator(".phases h3").allTextContents()).toEqual([
      expect.stringContaining("VolumeToBeUnserved"),
      expect.stringContaining("SignaledStart"),
      expect.stringContaining("UnserveVolume"),
      expect.stringContaining("VolumeGroupMoved"),
      expect.stringContaining("SignaledFinish"),
    ]);
    await page.getByText(/the group's active peer changed: .*PrimaryPeer: Peer1 → Peer2/).waitFor(WAIT);
    await page.getByRole("heading", { name: "The plan" }).evaluate((element) => element.scrollIntoView());
    await picture("plan");
    await judge();
    await button("Carry out this plan").click();
    await page.getByRole("dialog").getByRole("textbox").fill("group-00 goes to Peer2");
    await page.getByRole("dialog").getByRole("button", { name: "Carry it out" }).click();
    await page.getByText("The plan was carried out: finished.").waitFor(WAIT);
    await visit("/volumes?q=group-00");
    await page.getByRole("row", { name: /group-00 .*Peer2/ }).waitFor(WAIT);
  });

  test("a plan that is another by now is not carried out", async () => {
    await visit("/change");
    await button("Show the plan of the file as it is now").click();
    await button("Carry out this plan").waitFor(WAIT);
    scene.work.write(
      "peer.conf",
      scene.confText(2_000, (group) => (group < 2 ? "Peer2" : "Peer1")),
    );
    await button("Carry out this plan").click();
    await page.getByRole("dialog").getByRole("button", { name: "Carry it out" }).click();
    await page.getByText("Things have changed meanwhile").waitFor(WAIT);
    await button("Look at the plan again").click();
    await page
      .getByText(/50 events to/)
      .first()
      .waitFor(WAIT);
  });

  test("the actors of the lifecycle are watched while they work", async () => {
    await page.getByRole("navigation").getByRole("link", { name: "Actors" }).click();
    await heading("Actors").waitFor(WAIT);
    const line = (name: string | RegExp): Locator => page.locator(".actor").filter({ hasText: name });
    await line(/^lifecycle\s*up/).waitFor(WAIT);
    scene.work.write("pace", "400");
    scene.service.process.kill("SIGHUP");
    await line(/^mounts\s*quiesced, being told.*heard UnserveVolume/).waitFor(WAIT);
    await line(/^UnserveVolume ↓\s*running\s*\d+ of \d+/).waitFor(WAIT);
    await picture("actors");
    await judge();
    await line(/^signaled .*finished/)
      .first()
      .waitFor(WAIT);
    await line(/^shares\s*up.*heard SignaledFinish/).waitFor(WAIT);
    scene.work.write("pace", "2");
  });

  test("a refused reload is told, though nothing has moved", async () => {
    scene.work.write(
      "peer.conf",
      scene.confText(100, () => "Peer9"),
    );
    scene.service.process.kill("SIGHUP");
    await visit("/");
    await page
      .locator(".headline")
      .getByText(/refused[\s\S]*Peer9/)
      .waitFor(WAIT);
    await heading("Up").waitFor(WAIT);
    scene.work.write(
      "peer.conf",
      scene.confText(2_000, (group) => (group < 2 ? "Peer2" : "Peer1")),
    );
  });

  test("who only reads is told so, and offered nothing to press", async () => {
    const reader = await scene.page(await scene.context());
    await reader.goto(scene.address);
    await reader.getByText("You may look, and not steer.").waitFor(WAIT);
    expect(await reader.getByRole("button", { name: "Go down" }).count()).toBe(0);
    await reader.goto(`${scene.address}#/sign-in`);
    await reader.getByLabel("Token").waitFor(WAIT);
    expect(await faults(reader)).toEqual([]);
    await reader.getByLabel("Token").fill("not-a-token-of-this-service");
    await reader.getByRole("button", { name: "Sign in" }).click();
    await reader.getByText("does not know your token").waitFor(WAIT);
    await reader.close();
  });

  test("a page whose service is gone says so, and goes on by itself when it is back", async () => {
    await visit("/");
    await heading("Up").waitFor(WAIT);
    await scene.service.kill();
    await page.getByText("Disconnected").waitFor(WAIT);
    expect(await button("Reload the file").isDisabled()).toBe(true);
    await judge();
    scene.work.write("more", HARM);
    await scene.start("--inspect");
    await page.getByText("Disconnected").waitFor({ ...WAIT, state: "detached" });
    await heading("Up").waitFor(WAIT);
    // The session ended with the process that gave it: what is left is what anybody may.
    await page.getByText("sessions end with its process").waitFor(WAIT);
    await page.getByText("You may look, and not steer.").waitFor(WAIT);
  });

  test("names and messages are text, whatever they look like, and the page never broke a rule of its own", async () => {
    scene.work.write("broken", volumeName(3));
    scene.work.write("complaint", HARM);
    scene.work.write(
      "peer.conf",
      scene.confText(2_000, () => "Peer1"),
    );
    scene.service.process.kill("SIGHUP");
    await heading("Held").waitFor(WAIT);
    await page.getByText(HARM).first().waitFor(WAIT);
    for (const route of ["/participants", `/participants/${encodeURIComponent(HARM)}`, "/timeline"]) {
      await visit(route);
      await page.getByText(HARM).first().waitFor(WAIT);
    }
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).not.toContain("harm");
    const refused = await page.evaluate(() => {
      try {
        document.createElement("p").innerHTML = "<b>text</b>";
        return "nothing";
      } catch (error) {
        return String(error);
      }
    });
    expect(refused).toContain("TrustedHTML");
  });

  test("a step is skipped with a reason; what follows is paused, and goes on", async () => {
    // In the tab that has it open already.
    await page.goto(await scene.steeringLink());
    await heading("Held").waitFor(WAIT);
    scene.work.write("broken", "");
    scene.work.write("pace", "1500");
    await button("Skip the step").click();
    const dialog = page.getByRole("dialog", { name: "Skip the failed step?" });
    expect(await dialog.getByRole("button", { name: "Skip" }).isDisabled()).toBe(true);
    await dialog.getByRole("radio", { name: /Its effect is there/ }).check();
    await dialog.getByRole("textbox").fill("it is mounted by hand");
    expect(await faults()).toEqual([]);
    await dialog.getByRole("button", { name: "Skip" }).click();
    await button("Pause").click(WAIT);
    await heading("Paused").waitFor(WAIT);
    await page.locator('[data-state="signaling.paused"][data-active]').waitFor(WAIT);
    await judge();
    scene.work.write("pace", "0");
    await button("Resume").click();
    await heading("Up").waitFor(WAIT);
    await page.getByText("Skip: finished.").waitFor(WAIT);
    await visit("/transitions/current");
    await page.getByText(/failed step settled as applied, by http .*: it is mounted by hand/).waitFor(WAIT);
    await page.getByText(/^paused, by http/).waitFor(WAIT);
  });

  test("it is taken down from the page, which says so when it is gone", async () => {
    await visit("/");
    await button("Go down").click();
    const dialog = page.getByRole("dialog", { name: "Go down?" });
    await dialog.getByRole("textbox").fill("maintenance");
    expect(await faults()).toEqual([]);
    await dialog.getByRole("button", { name: "Go down" }).click();
    await page.getByText(/The service was going down, and has ended/).waitFor(WAIT);
    expect(await scene.service.exit).toBe(0);
    expect(scene.complaints.filter((text) => !text.includes("TrustedHTML"))).toEqual([]);
  });
});
