/** Imports nothing of the others, and so registers before all that import it. */
import { register } from "signaled";

let isOpen = false;
register("pool", {
  up() {
    isOpen = true;
    console.log("pool up");
  },
  down() {
    isOpen = false;
    console.log("pool down");
  },
});

export function query(text: string): string {
  if (!isOpen) throw new Error("the pool is closed");
  return `rows of ${text}`;
}
