/**
 * The operator: who asks, as the journal records it.
 */
import { userInfo } from "node:os";

/** The user that this process runs as; some containers have no name for their number. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
