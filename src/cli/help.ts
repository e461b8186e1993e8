/**
 * Help texts, made from the commands themselves, so that what is documented is what is parsed.
 */
import { EXIT_CODES } from "../service/exit-code.ts";
import type { Command, OptionForm } from "./command.ts";
import { alignColumns, type Terminal } from "./terminal.ts";

/** The help of one command. */
export function commandHelp(command: Command, terminal: Terminal): string {
  const lines = [
    command.summary,
    "",
    terminal.bold("Usage"),
    `  signaled ${command.name}${command.arguments === "" ? "" : ` ${command.arguments}`} [options]`,
  ];
  for (const paragraph of command.details ?? []) lines.push("", paragraph);
  lines.push("", terminal.bold("Options"));
  lines.push(...alignColumns(Object.entries(command.options).map(optionRow)));
  lines.push("", terminal.bold("Examples"));
  for (const [line, what] of command.examples) lines.push(`  ${line}`, `      ${what}`);
  return lines.join("\n");
}

function optionRow([name, form]: [string, OptionForm]): readonly string[] {
  const short = form.short === undefined ? "" : `-${form.short}, `;
  const value = form.value === undefined ? "" : form.implied === undefined ? ` ${form.value}` : `[=${form.value}]`;
  return [`  ${short}--${name}${value}`, form.help];
}

/** Names and summaries of all commands, by group. */
export function programHelp(
  groups: readonly { readonly title: string; readonly commands: readonly (readonly [string, string])[] }[],
  terminal: Terminal,
): string {
  const lines = [
    "A configuration change becomes one ordered list of lifecycle events, delivered to participants.",
    "",
    terminal.bold("Usage"),
    "  signaled COMMAND [arguments] [options]",
    "  signaled COMMAND --help",
    "  signaled --version",
  ];
  for (const { title, commands } of groups) {
    lines.push("", terminal.bold(title), ...alignColumns(commands.map(([name, summary]) => [`  ${name}`, summary])));
  }
  lines.push("", terminal.bold("Exit codes"));
  lines.push(...alignColumns(Object.values(EXIT_CODES).map(({ code, meaning }) => [`  ${code}`, meaning])));
  return lines.join("\n");
}
