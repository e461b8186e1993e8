/**
 * `signaled console`: the address of the running service's web page, with a code that lets whoever opens it steer.
 */
import { askService } from "../service/control-client.ts";
import { EXIT_CODES } from "../service/exit-code.ts";
import type { Command, Invocation } from "./command.ts";
import { HELP } from "./options.ts";
import { askedBy, placesOf, SOCKET, STATE_DIRECTORY } from "./service-options.ts";

export const console: Command = {
  name: "console",
  arguments: "",
  summary: "Print the address of the running service's console, opened with which you may steer.",
  details: [
    "The code in the address is good once, for two minutes; the page then has a session of twelve hours. Without a code the\npage only looks.",
  ],
  options: { "state-dir": STATE_DIRECTORY, socket: SOCKET, help: HELP },
  examples: [["xdg-open $(signaled console)", "Open it."]],
  run: runConsole,
};

async function runConsole(invocation: Invocation): Promise<number> {
  const { socket } = placesOf(invocation);
  const { address } = await askService(socket, { command: "console", ...askedBy(invocation) });
  invocation.terminal.out(address);
  return EXIT_CODES.ok.code;
}
