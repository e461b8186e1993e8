/**
 * The inspection stream of the HTTP interface: for who may read, where the service is inspected, and bounded.
 */
import { request } from "node:http";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { HttpPlace, READ } from "./http-place.ts";

describe("the actors of the lifecycle", () => {
  test("are there for who may read, where the service is inspected", async () => {
    const tellers = new Set<(text: string) => void>();
    const inspection = {
      watch(tell: (text: string) => void) {
        tell('{"there":"already"}');
        tellers.add(tell);
        return () => tellers.delete(tell);
      },
    };
    const tokens = [{ role: "read", who: "rita", token: READ }] as const;
    const place = await HttpPlace.open({ inspection, tokens });
    const headers = { authorization: `Bearer ${READ}` };
    expect((await place.get("/api/v1/me", headers)).json.inspected).toBe(true);
    expect((await place.get("/api/v1/inspection")).status).toBe(401);
    let heard = "";
    const asked = request({ host: "127.0.0.1", port: place.port, path: "/api/v1/inspection", headers }, (response) => {
      response.on("data", (chunk) => {
        heard += chunk;
      });
      response.on("error", () => {});
    });
    asked.on("error", () => {});
    asked.end();
    await expect.poll(() => heard, { timeout: 20_000 }).toBe('retry: 1000\n\ndata: {"there":"already"}\n\n');
    for (const tell of tellers) tell("1");
    for (const tell of tellers) tell("2");
    await expect.poll(() => heard, { timeout: 20_000 }).toContain("data: 1\n\ndata: 2\n\n");
    asked.destroy();
    await expect.poll(() => tellers.size, { timeout: 20_000 }).toBe(0);
    await place.close();
  });

  test("who watches and does not read is let go, so that what waits is bounded", async () => {
    let tell = (_: string): void => {};
    let watching = false;
    const inspection = {
      watch(given: (text: string) => void) {
        [tell, watching] = [given, true];
        return () => {
          watching = false;
        };
      },
    };
    const place = await HttpPlace.open({ inspection });
    const deaf = connect(place.port, "127.0.0.1");
    deaf.on("error", () => {});
    deaf.pause();
    deaf.write("GET /api/v1/inspection HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await expect.poll(() => watching, { timeout: 20_000 }).toBe(true);
    const text = "x".repeat(100_000);
    for (let i = 0; i < 1_000 && watching; i++) {
      tell(text);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => watching, { timeout: 20_000 }).toBe(false);
    deaf.destroy();
    await place.close();
  });

  test("are not there where it is not", async () => {
    const place = await HttpPlace.open();
    expect((await place.get("/api/v1/me")).json.inspected).toBe(false);
    expect((await place.get("/api/v1/inspection")).status).toBe(404);
    await place.close();
  });
});
