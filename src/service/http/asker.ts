/**
 * Asker: who is at the other end of a request, and what they may do.
 */

/** `read` looks; `steer` also changes. */
export type Role = "read" | "steer";

export interface Asker {
  readonly role: Role | "nobody";
  /** Name of the token or of the user, recorded with what they change; null: not known. */
  readonly who: string | null;
}

export const NOBODY: Asker = { role: "nobody", who: null };
export const READER: Asker = { role: "read", who: null };
