/**
 * A configuration as it may be shown: canonical text without the secrets.
 */
import { ConfMap } from "../../conf/conf-map.ts";
import { TransitionError } from "../../error.ts";
import { MASK, type Secrets } from "../../inspect/secrets.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { sourceName } from "./fact-telling.ts";
import { HttpRefusal } from "./http-refusal.ts";

export function confAnswer({ seq, current }: Ledger, secrets: Secrets) {
  if (current === undefined) throw new HttpRefusal("NOT_FOUND", "the service is down, and no configuration is in use");
  const { confMap } = current;
  return { seq, hash: confMap.hash, text: maskedText(confMap, secrets), source: sourceName(confMap.source()) };
}

function maskedText(confMap: ConfMap, secrets: Secrets): string {
  const masked: Record<string, Record<string, readonly string[]>> = {};
  for (const section of confMap.sections()) {
    const options: Record<string, readonly string[]> = {};
    for (const option of confMap.options(section)) {
      options[option] = maskedValues(option, confMap.strings(section, option), secrets);
    }
    masked[section] = options;
  }
  const shown = ConfMap.from(masked);
  try {
    return shown.dump();
  } catch (error) {
    // What came as JSON may hold what the dialect cannot say.
    if (!(error instanceof TransitionError)) throw error;
    return JSON.stringify(shown, undefined, 2);
  }
}

/** Values of a secret option are hidden; others may hold credentials, such as those in an address. */
export function maskedValues(option: string, values: readonly string[], secrets: Secrets): string[] {
  if (secrets.hides(option)) return values.map(() => MASK);
  return values.map((value) => (MAY_HOLD_SECRET.test(value) ? secrets.text(value) : value));
}

/** Asked first, since a configuration may have a hundred thousand names in it. */
const MAY_HOLD_SECRET = /[:=]|bearer|basic/i;
