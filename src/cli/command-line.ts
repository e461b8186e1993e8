/**
 * The command line: argv becomes an invocation of a command, or a refusal that says what to write instead.
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { parseDuration } from "../conf/go-duration.ts";
import { TransitionError } from "../error.ts";
import { ORDERS, type OrderName } from "../plan/order.ts";
import type { Command, Invocation } from "./command.ts";
import type { Terminal } from "./terminal.ts";

export function usageError(message: string): TransitionError {
  return new TransitionError("USAGE", message);
}

/** @throws TransitionError USAGE */
export function parseInvocation(command: Command, argv: readonly string[], terminal: Terminal): Invocation {
  const { values, positionals } = parsed(command, argv);
  return {
    terminal,
    positionals,
    text(option) {
      const value = values[option];
      return typeof value === "string" ? value : undefined;
    },
    texts(option) {
      const value = values[option];
      return Array.isArray(value) ? (value as string[]) : [];
    },
    flag: (option) => values[option] === true,
  };
}

function parsed(command: Command, argv: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, form]) => [
      name,
      {
        type: form.value === undefined ? ("boolean" as const) : ("string" as const),
        ...(form.short === undefined ? {} : { short: form.short }),
        ...(form.repeated === undefined ? {} : { multiple: true }),
      },
    ]),
  );
  try {
    return parseArgs({ args: withImplied(argv, command), options, allowPositionals: true, strict: true });
  } catch (error) {
    throw usageError(`${plainMessage(error, command)} (signaled ${command.name} --help lists the options)`);
  }
}

/** Options whose value may be left out, with the value that is meant. */
function withImplied(argv: readonly string[], command: Command): string[] {
  const end = argv.indexOf("--");
  return argv.map((argument, i) => {
    const implied = argument.startsWith("--") ? command.options[argument.slice(2)]?.implied : undefined;
    return implied === undefined || (end !== -1 && i > end) ? argument : `${argument}=${implied}`;
  });
}

/** Node's own words speak of quoting positional arguments; what was meant is nearly always another option. */
function plainMessage(error: unknown, command: Command): string {
  const message = error instanceof Error ? error.message : String(error);
  const unknown = /^Unknown option '(-+)([^']*)'/.exec(message);
  if (unknown === null) return message.split(". ")[0] ?? message;
  const [, dashes = "--", name = ""] = unknown;
  const near = nearest(name, Object.keys(command.options));
  return `${command.name} has no option ${dashes}${name}${near === undefined ? "" : `: did you mean --${near}?`}`;
}

/** The candidate that is nearest to what was typed, if one is near. */
export function nearest(typed: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(typed.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  const allowed = typed.length < 4 ? 1 : Math.max(2, Math.floor(typed.length / 3));
  return best !== undefined && best.distance <= allowed ? best.candidate : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

/** Configuration files and overrides, told apart: what is no file, and has a dot and then an assignment, is an override. */
export function confsAndOverrides(positionals: readonly string[]): {
  readonly confs: readonly string[];
  readonly overrides: readonly string[];
} {
  const isOverride = (text: string): boolean => /^[^./=\\][^.=\\]*\.[^=:]*[=:]/.test(text) && !existsSync(text);
  return {
    confs: positionals.filter((text) => !isOverride(text)),
    overrides: positionals.filter(isOverride),
  };
}

/** The one configuration of a command that takes one. @throws TransitionError USAGE */
export function oneConf(
  command: Command,
  positionals: readonly string[],
): { conf: string; overrides: readonly string[] } {
  const { confs, overrides } = confsAndOverrides(positionals);
  const [conf, ...more] = confs;
  if (conf === undefined) throw usageError(`${command.name} needs a configuration: signaled ${command.name} CONF`);
  if (more[0] !== undefined) {
    throw usageError(
      `${command.name} takes one configuration, and '${more[0]}' is another: an override is written Section.Option=value`,
    );
  }
  return { conf, overrides };
}

/** @throws TransitionError USAGE */
export function orderOf(invocation: Invocation): OrderName {
  return oneOf(invocation, "order", Object.keys(ORDERS) as readonly OrderName[]) ?? "documented";
}

/** The value of an option that has a fixed set of them. @throws TransitionError USAGE */
export function oneOf<Value extends string>(
  invocation: Invocation,
  option: string,
  values: readonly Value[],
): Value | undefined {
  const text = invocation.text(option);
  if (text === undefined) return undefined;
  const value = values.find((each) => each === text);
  if (value === undefined) throw usageError(`--${option} is '${text}': it takes ${values.join(" or ")}`);
  return value;
}

/** Milliseconds of an option that is a duration. @throws TransitionError USAGE */
export function durationOf(invocation: Invocation, option: string): number | undefined {
  const text = invocation.text(option);
  if (text === undefined) return undefined;
  const nanoseconds = parseDuration(text);
  if (nanoseconds === undefined || nanoseconds === 0n)
    throw usageError(`--${option} is '${text}': it takes a duration such as 30s, 1m30s or 500ms`);
  return Number(nanoseconds) / 1e6;
}

/** A TCP port; 0 for any. @throws TransitionError USAGE */
export function portOf(invocation: Invocation, option: string): number | undefined {
  const text = invocation.text(option);
  if (text === undefined) return undefined;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw usageError(`--${option} is '${text}': it takes a port from 0 to 65535, 0 for any that is free`);
  }
  return Number(text);
}

/** A whole number of at least 1. @throws TransitionError USAGE */
export function countOf(invocation: Invocation, option: string): number | undefined {
  const text = invocation.text(option);
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw usageError(`--${option} is '${text}': it takes a whole number from 1`);
  return Number(text);
}
