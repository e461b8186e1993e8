/**
 * Confs in the dialect of the `ini` package: lists as `Option[] = value`, everything else a single value.
 *
 * The package gives nested objects without lines and passes in silence over what it cannot hold; a configuration must not
 * lose a setting without a word. So each line is held against what the package made of the text.
 */

import { parse, unsafe } from "ini";
import { z } from "zod";
import { settingsOfEntries } from "./given-settings.ts";
import { nameOf, type Origin, quote, refusal } from "./refusal.ts";
import { settingText } from "./setting-text.ts";
import type { Settings } from "./settings.ts";

const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Value = z.union([Scalar, z.array(Scalar)]);

type Sections = Map<string, Map<string, string[]>>;

/**
 * Reads a conf in the `ini` dialect. An empty value is an empty list; a section `[a.b]` is the section `a.b`.
 *
 * @throws TransitionError CONF_SYNTAX or CONF_ENCODING with file and line.
 */
export function settingsOfIni(file: string, content: string | Uint8Array): { settings: Settings; characters: string } {
  const { characters } = settingText(file, content);
  const text = characters.replace(/^\uFEFF/, "");
  let parsed: unknown;
  try {
    parsed = parse(text);
  } catch (cause) {
    throw refusal("CONF_SYNTAX", { file, line: 1 }, "is not of the ini dialect: quote names and values plainly", cause);
  }
  const sections = flatten(parsed);
  const places = checkLines(file, text, sections);
  const given = [...sections].map(
    ([section, options]) => [section, [...options].map(([name, values]) => [name, values] as const)] as const,
  );
  const kept = given.filter(([, options]) => options.length > 0);
  const originOf = (section: string, option: string): Origin | undefined => places.get(key(section, option));
  return { settings: settingsOfEntries(kept, originOf), characters };
}

/** Sections out of the nested objects into which the package puts names with dots. */
function flatten(parsed: unknown): Sections {
  const sections: Sections = new Map();
  // A stack, not recursion: a header of a million dots nests a million deep.
  const open: { readonly section: string | undefined; readonly node: unknown }[] = [
    { section: undefined, node: parsed },
  ];
  for (let visit = open.pop(); visit !== undefined; visit = open.pop()) {
    const { section, node } = visit;
    if (!isSection(node)) continue;
    for (const [name, value] of Object.entries(node).reverse()) {
      const plain = name.replaceAll("\\.", ".");
      if (isSection(value)) open.push({ section: section === undefined ? plain : `${section}.${plain}`, node: value });
    }
    if (section !== undefined) sections.set(section, optionsOf(node));
  }
  return sections;
}

function optionsOf(node: object): Map<string, string[]> {
  const options = new Map<string, string[]>();
  for (const [name, value] of Object.entries(node)) {
    const checked = Value.safeParse(value);
    if (checked.success)
      options.set(
        name,
        [checked.data]
          .flat()
          .map(String)
          .filter((text) => text !== ""),
      );
  }
  return options;
}

/** Sections are the package's own objects, without a prototype; an object in quotes has one. */
function isSection(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null;
}

/** The place of each option, its last line winning; refuses lines that had no effect. */
function checkLines(file: string, text: string, sections: Sections): Map<string, Origin> {
  const places = new Map<string, Origin>();
  let section: string | undefined;
  text.split("\n").forEach((whole, index) => {
    const place = { file, line: index + 1 };
    for (const line of whole.split("\r")) {
      if (/^\s*(?:[;#]|$)/.test(line)) continue;
      const header = /^\[([^\]]*)\]\s*$/.exec(line);
      if (header !== null) {
        section = String(unsafe(header[1] ?? "")).replaceAll("\\.", ".");
        continue;
      }
      const written = /^[^=]+/.exec(line)?.[0];
      if (written === undefined || (line.startsWith("[") && !line.includes("="))) {
        throw refusal("CONF_SYNTAX", place, `${quote(line)} is neither a [Section] header nor Option = value`);
      }
      if (section === undefined) {
        throw refusal("CONF_SYNTAX", place, "an option before any section: write a [Section] header above it");
      }
      const name = String(unsafe(written));
      const option = name.length > 2 && name.endsWith("[]") ? name.slice(0, -2) : name;
      if (sections.get(section)?.has(option) !== true) {
        const message = `the ini form cannot hold the option ${quote(option)} of ${nameOf(section)}: write it in a .conf file`;
        throw refusal("CONF_SYNTAX", place, message);
      }
      places.set(key(section, option), place);
    }
  });
  return places;
}

function key(section: string, option: string): string {
  return JSON.stringify([section, option]);
}
