/** Imports the cache alone. That the cache needs a pool is no business of this module. */
import { register } from "signaled";
import { cached } from "./cache.ts";

register(
  "http",
  {
    up: () => console.log(`http up, serving ${cached()}`),
    down: () => console.log(`http down, having served ${cached()}`),
  },
  { after: ["cache"] },
);
