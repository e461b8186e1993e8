/**
 * Secrets: what no inspector may see.
 *
 * A secret is known by the name it stands under (`[S3] SecretKey`), so the list of names is what a user can read, check
 * and extend. Free text, such as the message of a participant's error, is searched for such names, for credentials in
 * addresses and headers, and for the secret values of the configurations that are in use.
 */
import type { ConfMap } from "../conf/conf-map.ts";

/** Part of a name, in any case, or a pattern of names. */
export type SecretName = string | RegExp;

/** Options, fields and headers whose values are always masked. */
const SECRET_NAMES: readonly RegExp[] = [
  /passw/i,
  /passphrase/i,
  /passcode/i,
  /pwd/i,
  /secret/i,
  /token/i,
  /credential/i,
  /key/i,
  /private/i,
  /cookie/i,
  /authorization/i,
];

/** What stands in the place of a secret. */
export const MASK = "***";

/** Characters of a text that are shown. */
const TEXT_AT_MOST = 500;
/** Characters of a text of which is remembered that there is nothing to mask in it. */
const REMEMBERED_AT_MOST = 64;
/** Shorter values are parts of ordinary words: masking them would tell more than it hides. */
const SECRET_AT_LEAST = 4;
/** Configurations whose secret values are looked for: the one in use and the one to come. */
const CONFS_AT_MOST = 2;

export class Secrets {
  readonly #names: readonly RegExp[];
  /** `Password = x`, `"token": "x"`, `SecretKey is 'x'`. */
  readonly #assignment: RegExp;
  readonly #hidden = new Map<string, boolean>();
  /** Texts in which there is nothing to mask. */
  readonly #harmless = new Set<string>();
  #confs: readonly ConfMap[] = [];
  readonly #values = new WeakMap<ConfMap, readonly string[]>();

  constructor(more: readonly SecretName[] = []) {
    this.#names = [...SECRET_NAMES, ...more.map(patternOf)];
    const names = this.#names.map(({ source }) => `(?:${source})`).join("|");
    this.#assignment = new RegExp(
      `(?<said>(?:${names})[\\w.-]*["']?\\s*(?:(?:=>|[=:])\\s*|(?:is|was)\\s+(?=["'])))(?:"[^"]*"|'[^']*'|[^\\s"',;]+)`,
      "gi",
    );
  }

  /** Whether values under this name are secret. */
  hides(name: string): boolean {
    let hidden = this.#hidden.get(name);
    if (hidden === undefined) {
      hidden = this.#names.some((pattern) => pattern.test(name));
      if (this.#hidden.size < 10_000) this.#hidden.set(name, hidden);
    }
    return hidden;
  }

  /** Takes in a configuration whose secret values may turn up in messages. Costs nothing until one is to be shown. */
  learn(confMap: ConfMap): void {
    if (this.#confs.includes(confMap)) return;
    this.#confs = [confMap, ...this.#confs].slice(0, CONFS_AT_MOST);
  }

  /** A name or value as it may be shown. Most are names of fields and states, which come again with every snapshot. */
  text(text: string): string {
    if (this.#harmless.has(text)) return text;
    const shown = this.#masked(text);
    if (shown === text && text.length <= REMEMBERED_AT_MOST && this.#harmless.size < 10_000) this.#harmless.add(text);
    return shown;
  }

  #masked(text: string): string {
    const short = text.length > TEXT_AT_MOST ? `${text.slice(0, TEXT_AT_MOST)}…` : text;
    return short
      .replace(/\b(?:bearer|basic)\s+[^\s"',;]+/gi, MASK)
      .replace(/(?<=\w:\/\/[^\s:@/]*:)[^\s@/]+(?=@)/g, MASK)
      .replace(this.#assignment, (_whole, ...rest) => `${(rest[rest.length - 1] as { said: string }).said}${MASK}`);
  }

  /** What a person or a participant wrote, as it may be shown: it may say anything. */
  freeText(text: string): string {
    let masked = text;
    for (const confMap of this.#confs) {
      for (const value of this.#valuesOf(confMap)) masked = masked.replaceAll(value, MASK);
    }
    return this.text(masked);
  }

  /** Longest first, so that no secret is left over of another. */
  #valuesOf(confMap: ConfMap): readonly string[] {
    let values = this.#values.get(confMap);
    if (values === undefined) {
      const found = new Set<string>();
      for (const section of confMap.sections()) {
        for (const option of confMap.options(section)) {
          if (!this.hides(option)) continue;
          for (const value of confMap.strings(section, option)) if (value.length >= SECRET_AT_LEAST) found.add(value);
        }
      }
      values = [...found].sort((a, b) => b.length - a.length);
      this.#values.set(confMap, values);
    }
    return values;
  }
}

function patternOf(name: SecretName): RegExp {
  if (typeof name === "string") return new RegExp(name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "i");
  // A pattern with `g` or `y` remembers where it was and would miss every other name.
  return new RegExp(name.source, name.flags.replace(/[gy]/g, ""));
}
