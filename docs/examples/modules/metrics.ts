/** Imports none of the others: it stands where main imports it, and would register first if main imported it first. */
import { register } from "signaled";

register("metrics", {
  up: () => console.log("metrics up"),
  down: () => console.log("metrics down"),
});
