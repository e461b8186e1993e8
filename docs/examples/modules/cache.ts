/** Imports the pool, and so registers after it: when it comes up the pool is there, and when it goes down still. */
import { register } from "signaled";
import { query } from "./pool.ts";

let rows: string | undefined;
register(
  "cache",
  {
    up() {
      rows = query("everything");
      console.log(`cache up with ${rows}`);
    },
    down() {
      console.log(`cache down, after a last look: ${query("what is new")}`);
      rows = undefined;
    },
  },
  { after: ["pool"] },
);

export function cached(): string {
  if (rows === undefined) throw new Error("the cache is empty");
  return rows;
}
