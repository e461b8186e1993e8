/**
 * The commands, with what help says of them and where they are loaded from.
 */
import type { Command } from "./command.ts";

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly CommandEntry[];
}

export const COMMAND_GROUPS: readonly CommandGroup[] = [
  {
    title: "Look before you leap",
    commands: [
      {
        name: "check",
        summary: "Find everything that is wrong with a configuration.",
        load: async () => (await import("./check.ts")).check,
      },
      {
        name: "plan",
        summary: "Show the ordered events of a change, and who is told of them.",
        load: async () => (await import("./plan.ts")).plan,
      },
    ],
  },
  {
    title: "Get to know it",
    commands: [
      {
        name: "demo",
        summary: "Watch a sample cluster come up, move a group and go down.",
        load: async () => (await import("./demo.ts")).demo,
      },
    ],
  },
  {
    title: "Run the service",
    commands: [
      { name: "run", summary: "Run the service in the foreground.", load: async () => (await import("./run.ts")).run },
    ],
  },
];
