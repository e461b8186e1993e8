/** The README's way from nothing to a running service, gone as a reader goes it: with its files, in its order. */
import { chmodSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { RunningService, runSignaled } from "../cli/signaled-program.ts";
import { Workplace } from "../cli/workplace.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const section = readme.slice(readme.indexOf("## Run the service"), readme.indexOf("## Documentation"));
const block = (language: string): string => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(section)?.[1] ?? "";

test("the README's service comes up, changes, is killed, and goes on", async () => {
  const work = new Workplace();
  const signaled = (...args: readonly string[]) => runSignaled(args, { cwd: work.folder });
  try {
    work.write("cluster.conf", block("ini"));
    work.write("serve.sh", block("sh"));
    expect((await signaled("check", "cluster.conf")).out).toContain("chmod +x it");
    chmodSync(work.path("serve.sh"), 0o755);
    expect(await signaled("check", "cluster.conf")).toMatchObject({ code: 0 });

    const first = await (await RunningService.start(["cluster.conf", "--no-http"], { cwd: work.folder })).up();
    expect(first.text).toContain("here: mount /dev/disk/by-label/alpha /srv/alpha");
    work.write("cluster.conf", work.read("cluster.conf").replace("alpha beta", "alpha gamma"));
    expect(await signaled("apply", "--yes")).toMatchObject({ code: 0, out: expect.stringContaining("ServeVolume ↑") });
    expect(first.text).toContain("here: umount /srv/beta");
    expect((await signaled("why", "ServeVolume", "gamma")).out).toContain("alpha, beta → alpha, gamma");
    await first.kill();

    const second = await (await RunningService.start(["cluster.conf", "--no-http"], { cwd: work.folder })).up();
    expect(second.text).not.toContain("here: ");
    await second.signal("SIGINT", "signaled ends");
    expect(await second.exit).toBe(0);
    expect(second.text).toContain("here: umount /srv/gamma");
  } finally {
    work.remove();
  }
});
