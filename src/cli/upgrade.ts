/**
 * `signaled upgrade`: a configuration from before volume groups, in today's form.
 */
import { copyFile } from "node:fs/promises";
import { loadConf } from "../conf/conf-file.ts";
import { upgradeConfMapIfNeeded } from "../conf/upgrade.ts";
import { EXIT_CODES } from "../service/exit-code.ts";
import { replaceFile } from "../service/file-replacement.ts";
import type { Command, Invocation } from "./command.ts";
import { oneConf, usageError } from "./command-line.ts";
import { HELP } from "./options.ts";

export const upgrade: Command = {
  name: "upgrade",
  arguments: "CONF",
  summary: "Print a configuration from before volume groups in today's form.",
  details: [
    "The service upgrades such a configuration by itself whenever it reads it; this is for whoever wants to see or keep the\nresult. It is one file, without includes and comments.",
  ],
  options: {
    write: { short: "w", help: "Replace the file; the old one stays beside it as CONF.before-upgrade." },
    help: HELP,
  },
  examples: [["signaled upgrade old.conf > new.conf", "Nothing is changed but new.conf."]],
  run: runUpgrade,
};

async function runUpgrade(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const { conf, overrides } = oneConf(upgrade, invocation.positionals);
  const write = invocation.flag("write");
  if (write && (conf === "-" || overrides.length > 0))
    throw usageError("upgrade --write replaces a file as it is: give one, and no overrides");
  const old = await loadConf(conf, { overrides });
  const upgraded = upgradeConfMapIfNeeded(old);
  if (upgraded === old) terminal.err(`${conf} has volume groups already: there is nothing to upgrade`);
  if (!write) terminal.out(upgraded.dump().trimEnd());
  else if (upgraded !== old) {
    await copyFile(conf, `${conf}.before-upgrade`);
    await replaceFile(conf, upgraded.dump());
    terminal.err(`${conf} is upgraded; it was copied to ${conf}.before-upgrade`);
  }
  return EXIT_CODES.ok.code;
}
