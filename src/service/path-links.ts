/**
 * The symbolic links on the way to a file: where one of them is changed, the path leads to another file, and nothing has
 * happened to either.
 */
import { lstatSync, readlinkSync } from "node:fs";
import { dirname, join, parse, resolve, sep } from "node:path";

/** As many as the system itself follows. */
const LINKS_AT_MOST = 40;

/** Absolute paths, in the order in which they are passed. */
export function linksOnTheWay(path: string): readonly string[] {
  const links: string[] = [];
  let rest: string | undefined = resolve(path);
  while (rest !== undefined && links.length < LINKS_AT_MOST) {
    const link = firstLink(rest);
    if (link !== undefined) links.push(link);
    rest = link && join(resolve(dirname(link), readlinkSync(link)), rest.slice(link.length));
  }
  return links;
}

function firstLink(path: string): string | undefined {
  const { root } = parse(path);
  let prefix = root;
  for (const part of path.slice(root.length).split(sep)) {
    prefix = join(prefix, part);
    if (lstatSync(prefix, { throwIfNoEntry: false })?.isSymbolicLink() === true) return prefix;
  }
  return undefined;
}
