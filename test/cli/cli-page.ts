/** The parts of docs/cli.md that are made from the commands: a reference written by hand would be wrong after the first change. */
import type { Command } from "../../src/cli/command.ts";
import { COMMAND_GROUPS } from "../../src/cli/commands.ts";
import { EXIT_CODES } from "../../src/service/exit-code.ts";

/** The page with its generated parts written anew. */
export async function cliPage(page: string): Promise<string> {
  const parts = { "exit-codes": exitCodes(), commands: await commands() };
  return page.replace(
    /(<!-- (exit-codes|commands): [^>]*-->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: keyof typeof parts, end: string) => `${begin}${parts[name]}${end}`,
  );
}

function exitCodes(): string {
  const rows = Object.values(EXIT_CODES).map(({ code, meaning }) => `| ${code} | ${meaning} |`);
  return `\n| code | meaning |\n|---|---|\n${rows.join("\n")}\n\n`;
}

async function commands(): Promise<string> {
  const groups = await Promise.all(
    COMMAND_GROUPS.map(async ({ title, commands: entries }) => {
      const loaded = await Promise.all(entries.map(({ load }) => load()));
      return `**${title}**: ${loaded.map(({ name }) => `[${name}](#${name})`).join(", ")}\n\n${loaded.map(reference).join("\n")}`;
    }),
  );
  return `\n${groups.join("\n")}\n`;
}

function reference(command: Command): string {
  const usage = ["signaled", command.name, command.arguments, "[options]"].filter((part) => part !== "").join(" ");
  const options = Object.entries(command.options)
    .filter(([name]) => name !== "help")
    .map(([name, { value, implied, short, help }]) => {
      const form = `--${name}${value === undefined ? "" : implied === undefined ? ` ${value}` : `[=${value}]`}`;
      const cells = [`\`${short === undefined ? "" : `-${short}, `}${form}\``, help].map((cell) =>
        cell.replaceAll("|", "\\|"),
      );
      return `| ${cells.join(" | ")} |`;
    });
  const details = (command.details ?? []).map((paragraph) => `${paragraph}\n\n`).join("");
  const table = options.length === 0 ? "" : `| option | |\n|---|---|\n${options.join("\n")}\n\n`;
  const examples = command.examples.map(([line, what]) => `- \`${line}\`: ${what}`).join("\n");
  return `### ${command.name}\n\n\`${usage}\`\n\n${command.summary}\n\n${details}${table}${examples}\n`;
}
