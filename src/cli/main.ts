/**
 * One command from its name to its exit code: found, parsed, run, and its errors said in a form that a person can use.
 */
import { TransitionError } from "../error.ts";
import { EXIT_CODES, exitCodeOf } from "../service/exit-code.ts";
import { nearest, parseInvocation, usageError } from "./command-line.ts";
import { COMMAND_GROUPS, type CommandEntry } from "./commands.ts";
import { commandHelp, programHelp } from "./help.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

const ENTRIES: readonly CommandEntry[] = COMMAND_GROUPS.flatMap(({ commands }) => commands);

/** Runs a command and gives its exit code. */
export async function main(
  name: string | undefined,
  argv: readonly string[],
  terminal: Terminal = processTerminal(),
): Promise<number> {
  try {
    return await dispatch(name, argv, terminal);
  } catch (error) {
    sayError(error, terminal);
    return exitCodeOf(error);
  }
}

async function dispatch(name: string | undefined, argv: readonly string[], terminal: Terminal): Promise<number> {
  const help = name === "--help" || name === "-h" || name === "help";
  const asked = help ? argv[0] : name;
  if (asked === undefined) {
    terminal[help ? "out" : "err"](programHelp(await groupsForHelp(), terminal));
    return help ? EXIT_CODES.ok.code : EXIT_CODES.usage.code;
  }
  const entry = ENTRIES.find((each) => each.name === asked);
  if (entry === undefined) throw unknownCommand(asked);
  const command = await entry.load();
  // Asked for help, nobody minds what else is on the line.
  if (help || argv.some((argument) => argument === "--help" || argument === "-h")) {
    terminal.out(commandHelp(command, terminal));
    return EXIT_CODES.ok.code;
  }
  return command.run(parseInvocation(command, argv, terminal));
}

async function groupsForHelp() {
  return Promise.all(
    COMMAND_GROUPS.map(async ({ title, commands }) => ({
      title,
      commands: (await Promise.all(commands.map(({ load }) => load()))).map(
        (command) => [command.name, command.summary] as const,
      ),
    })),
  );
}

function unknownCommand(name: string): TransitionError {
  const near = nearest(
    name,
    ENTRIES.map((entry) => entry.name),
  );
  return usageError(
    `there is no command '${name}'${near === undefined ? "" : `: did you mean ${near}?`} (signaled --help lists them)`,
  );
}

/** A catalogued error is for the user, and its message says all; anything else is a defect, and needs its stack. */
function sayError(error: unknown, terminal: Terminal): void {
  if (error instanceof TransitionError) {
    terminal.err(`${terminal.red("signaled:")} ${error.message}`);
    if (error.code === "INTERNAL") terminal.err(error.stack ?? "");
  } else {
    terminal.err(`${terminal.red("signaled:")} this is a defect of signaled, please report it`);
    terminal.err(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}
