// Participants that write down, durably, what took effect: what a real one does with mounts and addresses.
//
// A line is written where the effect is: whoever is killed before it has not done it, whoever is killed after it has,
// whether the service heard of it or not. Small random waits give the killer moments to hit.
import { appendFileSync, closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

const METHODS = [
  "up",
  "volumeGroupCreated",
  "volumeGroupMoved",
  "volumeGroupDestroyed",
  "volumeCreated",
  "volumeMoved",
  "volumeDestroyed",
  "serveVolume",
  "unserveVolume",
  "volumeToBeUnserved",
  "signaledStart",
  "signaledFinish",
  "down",
];

function participant(name) {
  const file = `told-${name}.jsonl`;
  appendFileSync(file, `${JSON.stringify({ start: process.pid })}\n`);
  const log = openSync(file, "a");
  process.on("exit", () => closeSync(log));
  const note = async (event, { idempotencyKey, attempt }) => {
    if (Math.random() < 0.3) await wait(Math.random() * 3);
    writeSync(log, `${JSON.stringify({ key: idempotencyKey, attempt, event })}\n`);
    fsyncSync(log);
    if (Math.random() < 0.3) await wait(Math.random() * 3);
  };
  return Object.fromEntries(METHODS.map((method) => [method, note]));
}

export default (signaled) => {
  signaled.register("mounts", participant("mounts"), { durable: true, concurrency: { serveVolume: 3 } });
  signaled.register("cache", participant("cache"));
  signaled.register("addresses", participant("addresses"), { durable: true, after: ["mounts"], durableSteps: true });
};
