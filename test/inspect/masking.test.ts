/**
 * What no inspector may see: configurations, long lists, and secrets, wherever they turn up.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AnyStateMachine, createActor, fromPromise, setup } from "xstate";
import { lifecycleMachine } from "../../machines/index.ts";
import { ConfMap } from "../../src/conf/conf-map.ts";
import { createTransitions } from "../../src/effects/transitions.ts";
import { maskInspection } from "../../src/inspect/masked-inspection.ts";
import { maskedValue } from "../../src/inspect/masked-value.ts";
import { Secrets } from "../../src/inspect/secrets.ts";
import { startInspectRelay } from "../../src/relay/inspect-relay.ts";
import { clusterConf, Recording, received } from "./viewing.ts";

const S3 = (key: string, endpoint = "https://ann:opensesame@s3.local") => ({
  S3: { SecretKey: [key], Endpoint: [endpoint], Region: ["eu"], HouseNumber: ["forty-two"] },
});

describe("a running instance", () => {
  test("shows no secret of a configuration, of an error, of a reason or of progress", async () => {
    const relay = await startInspectRelay();
    const seen = received(relay.address);
    const t = createTransitions({ inspect: relay.inspect, secrets: ["housenumber"], streamId: "s" });
    t.register("buckets", {
      volumeGroupMoved(_event, { confMap, logger }) {
        logger.info({}, "opening");
        throw new Error(`403 for ${confMap.string("S3", "SecretKey")} at ${confMap.string("S3", "Endpoint")}`);
      },
    });
    await t.open();
    await seen.tells("has lifecycle");
    await t.up(clusterConf("Peer0", S3("first-secret-key")));
    const next = clusterConf("Peer1", S3("second-secret-key", "https://bob:letmein@s3.local"));
    await t.signaled(next, { cause: { how: "operator", reason: "rotated to second-secret-key" } }).catch(() => {});
    await t
      .signaled(clusterConf("Peer9", S3("third-secret-key")), { cause: { how: "api", reason: "password: hunter2" } })
      .catch(() => {});
    await seen.tells("RequestRefused");
    expect(seen.latest("signaled s.2").context["changes"]).toEqual([
      "[VolumeGroup:media] PrimaryPeer: Peer0 → Peer1",
      "[S3] SecretKey: *** → ***",
      "[S3] Endpoint: https://ann:***@s3.local → https://bob:***@s3.local",
    ]);
    expect(seen.latest("buckets").context["failure"]).toMatchObject({
      message: "participant 'buckets': VolumeGroupMoved of 'media' failed: 403 for *** at https://bob:***@s3.local",
    });
    for (const secret of ["secret-key", "opensesame", "letmein", "hunter2", "forty-two"])
      expect(seen.text).not.toContain(secret);
    // Nor anything else of a configuration that nobody asked about.
    expect(seen.text).not.toContain('"eu"');
    await t.close();
    await relay.close();
  });

  test("shows little of 5,000 volumes", async () => {
    const seen = new Recording();
    const volumes = Array.from({ length: 5_000 }, (_, i) => `volume${i}`);
    const conf = clusterConf("Peer0", {
      "VolumeGroup:media": { PrimaryPeer: ["Peer0"], VirtualIPAddr: [], VolumeList: volumes },
    });
    const t = createTransitions({ inspect: seen.inspect });
    t.register("mounts", { serveVolume() {} });
    await t.up(conf);
    await t.close();
    expect(Math.max(...seen.messages.map((message) => JSON.stringify(message).length))).toBeLessThan(12_000);
    expect(seen.text).toContain("… 4993 more");
    expect(seen.text).not.toContain("volume77");
  });
});

describe("an application's own actors", () => {
  test("keep context, events, definitions and outputs to themselves", async () => {
    const seen = new Recording();
    const app = setup({
      types: { context: {} as Record<string, unknown>, events: {} as { type: string; [field: string]: unknown } },
      actors: {
        lifecycle: lifecycleMachine,
        login: fromPromise(async () => ({ token: "t0ken-0f-login", user: "ann" })),
      },
    }).createMachine({
      id: "app",
      context: {
        apiKey: "stat1c-key",
        database: { password: "stat1c-pass", port: 5432 },
        confMap: clusterConf("Peer0", S3("conf-secret")),
      },
      invoke: [
        { id: "lifecycle", src: "lifecycle" },
        { id: "login", src: "login" },
      ],
      initial: "token",
      states: { token: { on: { PASSWORD: "done" } }, done: { meta: { secret: "m3ta" } } },
    });
    const actor = createActor(app, { inspect: maskInspection(seen.inspect) }).start();
    actor.send({ type: "PASSWORD", password: "sp0ken", attempts: 2 });
    actor.getSnapshot().children["lifecycle"]?.send({ type: "UP", confMap: clusterConf("Peer0", S3("conf-secret")) });
    await new Promise((resolve) => setTimeout(resolve, 10));
    actor.stop();

    for (const secret of ["stat1c", "t0ken", "m3ta", "sp0ken", "conf-secret", "opensesame"])
      expect(seen.text).not.toContain(secret);
    expect(seen.latest("app").context).toMatchObject({ apiKey: "***", database: { password: "***", port: 5432 } });
    expect(seen.latest("app").context["confMap"]).toMatch(/^ConfMap [0-9a-f]{12}$/);
    expect(seen.latest("lifecycle").context["current"]).toBeUndefined();
    const definition = JSON.parse(
      (
        seen.messages.find((message) => message.type === "@xstate.actor" && message.name === "app") as {
          definition: string;
        }
      ).definition,
    );
    // States and events may be called what they like.
    expect(definition.states.token.on).toEqual({ PASSWORD: "done" });
    expect(definition.context.apiKey).toBe("***");
  });

  test("that throw when they are looked at change nothing", () => {
    const hostile = {
      get context(): never {
        throw new Error("do not look");
      },
    };
    const seen = new Recording();
    const machine = setup({}).createMachine({
      context: { hostile } as never,
      initial: "a",
      states: { a: { on: { GO: "b" } }, b: {} },
    });
    Object.defineProperty(hostile, "peek", { enumerable: true, get: () => hostile.context });
    const actor = createActor(machine as AnyStateMachine, { inspect: maskInspection(seen.inspect) }).start();
    actor.send({ type: "GO" });
    expect(actor.getSnapshot().value).toBe("b");
  });
});

describe("secrets", () => {
  const secrets = new Secrets(["iban", /^x-/i]);

  test("are known by their names", () => {
    const hidden = [
      "password",
      "DB_PASSWORD",
      "Passphrase",
      "SecretKey",
      "apiKey",
      "access_token",
      "Authorization",
      "IBAN",
      "X-Tenant",
    ];
    const shown = ["user", "port", "VolumeList", "PrimaryPeer", "path", "secre"];
    expect(hidden.filter((name) => !secrets.hides(name))).toEqual([]);
    expect(shown.filter((name) => secrets.hides(name))).toEqual([]);
  });

  test.each([
    ["Password = hunter2, and more", "Password = ***, and more"],
    ['{"token":"abc","port":1}', '{"token":***,"port":1}'],
    ["[S3] SecretKey is 'x y': too short", "[S3] SecretKey is ***: too short"],
    ["Authorization: Bearer abc.def", "Authorization: ***"],
    ["sent Basic dXNlcjpw to host", "sent *** to host"],
    ["postgres://ann:opensesame@db/x", "postgres://ann:***@db/x"],
    ["the token was refused", "the token was refused"],
    ["volume A of group media", "volume A of group media"],
  ])("%s → %s", (text, masked) => {
    expect(secrets.text(text)).toBe(masked);
  });

  test("a date that there is not is null, as JSON has it", () => {
    expect(maskedValue({ at: new Date(Number.NaN), since: new Date(0) }, secrets)).toEqual({
      at: null,
      since: "1970-01-01T00:00:00.000Z",
    });
  });

  test("a masked value is plain JSON and small, whatever it is made of, and never holds what stands under a secret name", () => {
    const secret = "S3CR3T-PL4IN";
    const named = fc.constantFrom("password", "apiKey", "Token");
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          maxDepth: 2,
        }),
        tie("hiding"),
        fc.array(tie("any"), { maxLength: 8 }),
      ),
      hiding: fc
        .tuple(named, fc.oneof(fc.constant(secret), fc.constant([secret]), fc.constant({ deep: [secret] })), tie("any"))
        .map(([name, hidden, other]) => ({ [name]: hidden, other })),
    })).any;
    fc.assert(
      fc.property(value, (any) => {
        const text = JSON.stringify(maskedValue({ any }, secrets)) ?? "";
        expect(text).not.toContain(secret);
        expect(JSON.parse(text)).toBeDefined();
        expect(text.length).toBeLessThan(40_000);
      }),
      { numRuns: 150 },
    );
    expect(
      JSON.stringify(maskedValue({ list: Array.from({ length: 1e6 }).fill("x".repeat(1000)) }, secrets)).length,
    ).toBeLessThan(12_000);
    let wide: unknown = "leaf";
    for (let i = 0; i < 6; i++) wide = Array.from({ length: 18 }).fill(wide);
    expect(JSON.stringify(maskedValue({ wide }, secrets)).length).toBeLessThan(40_000);
    expect(maskedValue(ConfMap.from({}), secrets)).toMatch(/^ConfMap /);
  });
});
