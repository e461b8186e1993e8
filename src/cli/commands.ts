/**
 * The commands by group, each with the module that it is loaded from when it is asked for.
 */
import type { Command } from "./command.ts";

export interface CommandEntry {
  readonly name: string;
  load(): Promise<Command>;
}

export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly CommandEntry[];
}

export const COMMAND_GROUPS: readonly CommandGroup[] = [
  {
    title: "Get to know it",
    commands: [{ name: "demo", load: async () => (await import("./demo.ts")).demo }],
  },
  {
    title: "Before a change",
    commands: [
      { name: "check", load: async () => (await import("./check.ts")).check },
      { name: "plan", load: async () => (await import("./plan.ts")).plan },
    ],
  },
  {
    title: "Configuration files",
    commands: [
      { name: "fmt", load: async () => (await import("./fmt.ts")).fmt },
      { name: "upgrade", load: async () => (await import("./upgrade.ts")).upgrade },
    ],
  },
  {
    title: "The service",
    commands: [
      { name: "run", load: async () => (await import("./run.ts")).run },
      { name: "status", load: async () => (await import("./status.ts")).status },
      { name: "console", load: async () => (await import("./console.ts")).console },
      { name: "apply", load: async () => (await import("./apply.ts")).apply },
      { name: "reload", load: async () => (await import("./operator-commands.ts")).reload },
      { name: "down", load: async () => (await import("./operator-commands.ts")).down },
    ],
  },
  {
    title: "When a transition is held",
    commands: [
      { name: "retry", load: async () => (await import("./operator-commands.ts")).retry },
      { name: "rollback", load: async () => (await import("./operator-commands.ts")).rollback },
      { name: "skip", load: async () => (await import("./operator-commands.ts")).skip },
      { name: "pause", load: async () => (await import("./operator-commands.ts")).pause },
      { name: "resume", load: async () => (await import("./operator-commands.ts")).resume },
    ],
  },
  {
    title: "The history",
    commands: [
      { name: "log", load: async () => (await import("./log.ts")).log },
      { name: "why", load: async () => (await import("./why.ts")).why },
      { name: "replay", load: async () => (await import("./replay.ts")).replay },
      { name: "diff", load: async () => (await import("./diff.ts")).diff },
      { name: "inspect", load: async () => (await import("./inspect.ts")).inspect },
      { name: "verify", load: async () => (await import("./verify.ts")).verify },
    ],
  },
];
